// Names of sessions and of what they send: unguessable session ids, origins that outlive a session, growing generations.
import { createHash, randomBytes } from 'node:crypto'
import type { Principal } from './principal.ts'

/** Session ids: 128 random bits in base64url. */
export const newSessionId = (): string => randomBytes(16).toString('base64url')

export const sessionPattern = /^[A-Za-z0-9_-]{22}$/

/**
 * The first half of every `ce_id`. A client that names a stable instance keeps its origin over sessions, so that a
 * frame sent again on a new session carries the same `ce_id`; without one the origin is the session.
 */
export function originOf(session: string, principal: Principal, instance: string | undefined): string {
  if (instance === undefined || principal.user === undefined) return session
  const hash = createHash('sha256')
  for (const part of [principal.tenant, principal.user, instance]) hash.update(`${part.length}:${part}`)
  return hash.digest('base64url').slice(0, 22)
}

/** The next generation of a session: grows whatever clocks and registries forgot. */
export const nextGeneration = (now: number, ...known: readonly number[]): number =>
  Math.max(now, ...known.map((generation) => generation + 1))
