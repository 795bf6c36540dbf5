// Gives a ticket to whoever shows a credential: the same questions as at a handshake, and a thing to put into a URL.
import type { IncomingMessage } from 'node:http'
import type { Rejection } from '../errors.ts'
import { type AdmitDeps, admit } from './admit.ts'
import type { Tickets } from './ports.ts'
import { newTicket, sealPrincipal, ticketHash } from './ticket.ts'

export type IssueDeps = {
  /** Where credentials are looked for: never in the URL, so that no ticket makes another. */
  readonly admit: AdmitDeps
  readonly tickets: Pick<Tickets, 'put'>
  readonly secret: string
  readonly ttlMs: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export type Issued =
  | { readonly ok: true; readonly ticket: string; readonly expiresAt: number }
  | { readonly ok: false; readonly rejection: Rejection }

/** Bytes of a principal with its claims: Redis keeps it until the ticket is used. */
const mostBytes = 64 * 1024

const no = (rejection: Rejection): Issued => ({ ok: false, rejection })

/** Never rejects: a store that does not answer is `not-ready`. What the policy says of the connection is asked when it is used. */
export async function issueTicket(deps: IssueDeps, request: IncomingMessage): Promise<Issued> {
  const verdict = await admit(
    { ...deps.admit, anonymous: undefined, mayConnect: () => true, rawPath: () => true },
    request,
  )
  if (!verdict.ok) return no(verdict.rejection)
  const { principal } = verdict.admitted
  if (principal === undefined) return no({ code: 'unauthenticated' })
  const now = (deps.now ?? Date.now)()
  const ticket = newTicket()
  const hash = ticketHash(ticket) ?? ''
  const value = sealPrincipal(hash, principal, deps.secret)
  if (Buffer.byteLength(value) > mostBytes) return no({ code: 'forbidden' })
  const expiresAt = Math.min(now + deps.ttlMs, principal.expiresAt ?? Number.POSITIVE_INFINITY)
  if (expiresAt <= now) return no({ code: 'unauthenticated' })
  try {
    await deps.tickets.put(hash, value, expiresAt - now)
  } catch {
    return no({ code: 'not-ready', retryAfterS: 1 })
  }
  return { ok: true, ticket, expiresAt }
}
