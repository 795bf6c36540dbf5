// Tickets: how one is made, and how what it stands for is written down, so that whoever holds the store can neither use nor forge one.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Principal } from '../session/principal.ts'

const ticketBytes = 32
const ticketPattern = /^[A-Za-z0-9_-]{43}$/

export const newTicket = (): string => randomBytes(ticketBytes).toString('base64url')

/** The name under which a ticket is kept; undefined for a text that cannot be one. */
export const ticketHash = (ticket: string): string | undefined =>
  ticketPattern.test(ticket) ? createHash('sha256').update(ticket).digest('hex') : undefined

const sign = (hash: string, body: string, secret: string): Buffer =>
  createHmac('sha256', secret).update(`ticket.${hash}.${body}`).digest()

/** Signed with the current secret, for this ticket alone. */
export function sealPrincipal(hash: string, principal: Principal, secret: string): string {
  const body = JSON.stringify(principal)
  return `${sign(hash, body, secret).toString('base64url')}.${body}`
}

/** Undefined for what none of `secrets` signed for this ticket. */
export function openPrincipal(
  hash: string,
  sealed: string,
  secrets: readonly string[],
): Principal | undefined {
  const at = sealed.indexOf('.')
  const given = Buffer.from(sealed.slice(0, Math.max(0, at)), 'base64url')
  const body = sealed.slice(at + 1)
  const isGenuine = secrets.some((secret) => {
    const expected = sign(hash, body, secret)
    return expected.length === given.length && timingSafeEqual(expected, given)
  })
  return isGenuine ? (JSON.parse(body) as Principal) : undefined
}
