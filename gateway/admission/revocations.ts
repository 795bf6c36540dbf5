// Which credentials and sessions are no longer good: what the records of the revocation topic say, and the decision. Pure.
import type { Principal } from '../session/principal.ts'

/** Times in milliseconds since the epoch. */
export type Revocation = {
  /** What was issued, or began, from then on is good; undefined: nothing is. */
  readonly notBefore?: number
  /** The revocation counts until then; undefined: for ever. */
  readonly expiresAt?: number
  /** For people. */
  readonly reason?: string
}

export type RevokedKind = 'token' | 'user' | 'key' | 'session'

/** What a session can be revoked by: `birth` is when it began, in milliseconds since the epoch. */
export type RevocableSession = { readonly id: string; readonly birth: number; readonly principal: Principal }

const keyPattern = /^(token|user|key|session):(.+)$/s
const timePattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/** A slash separates tenant and user, so in a tenant's name it is written otherwise. */
const tenantText = (tenant: string): string =>
  /[%/]/.test(tenant) ? tenant.replaceAll('%', '%25').replaceAll('/', '%2F') : tenant

/** The record key of a user; those of the other kinds are `<kind>:<id>`. */
export const userKey = (tenant: string, user: string): string => `user:${tenantText(tenant)}/${user}`

/** Undefined: the key of a record that names nothing that could be revoked. */
export function kindOfKey(key: string): RevokedKind | undefined {
  const [, kind, name = ''] = keyPattern.exec(key) ?? []
  if (kind === 'user' && !name.includes('/')) return undefined
  return kind as RevokedKind | undefined
}

/**
 * What a value says. One that cannot be read revokes all it may mean: no `notBefore`, no end. `trouble` then says why.
 * An empty value is the shortest way to revoke for ever.
 */
export function readRevocation(value: Buffer): {
  readonly revocation: Revocation
  readonly trouble?: string
} {
  const text = value.toString().trim()
  if (text === '') return { revocation: {} }
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    return { revocation: {}, trouble: 'the value is no JSON' }
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { revocation: {}, trouble: 'the value is no JSON object' }
  const { notBefore, expiresAt, reason } = given as Readonly<Record<string, unknown>>
  const [from, until] = [readTime(notBefore), readTime(expiresAt)]
  const revocation = {
    ...(typeof from === 'number' ? { notBefore: from } : {}),
    ...(typeof until === 'number' ? { expiresAt: until } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  }
  if (from === 'none') return { revocation, trouble: 'notBefore is no RFC 3339 time' }
  return until === 'none' ? { revocation, trouble: 'expiresAt is no RFC 3339 time' } : { revocation }
}

function readTime(given: unknown): number | undefined | 'none' {
  if (given === undefined || given === null) return undefined
  const time = typeof given === 'string' && timePattern.test(given) ? Date.parse(given) : Number.NaN
  return Number.isNaN(time) ? 'none' : time
}

/** Whether a revocation still counts. */
export const counts = ({ expiresAt }: Revocation, now: number): boolean =>
  expiresAt === undefined || expiresAt > now

/** What is not known to be issued later counts as issued before. */
const covers = (found: Revocation | undefined, issuedAt: number | undefined, now: number): boolean =>
  found !== undefined &&
  counts(found, now) &&
  (found.notBefore === undefined || issuedAt === undefined || issuedAt < found.notBefore)

export class RevocationSet {
  readonly #found = new Map<string, Revocation>()

  get size(): number {
    return this.#found.size
  }

  set(key: string, revocation: Revocation): void {
    this.#found.set(key, revocation)
  }

  delete(key: string): void {
    this.#found.delete(key)
  }

  /** Keys of those that no longer count. */
  over(now: number): string[] {
    return [...this.#found].flatMap(([key, revocation]) => (counts(revocation, now) ? [] : [key]))
  }

  /** Whether a credential of this principal is no longer good. `now` in milliseconds since the epoch. */
  isRevoked({ tenant, user, shown }: Principal, now: number): boolean {
    if (this.#found.size === 0) return false
    const { token, key, issuedAt } = shown ?? {}
    return (
      (token !== undefined && covers(this.#found.get(`token:${token}`), issuedAt, now)) ||
      (key !== undefined && covers(this.#found.get(`key:${key}`), issuedAt, now)) ||
      (user !== undefined && covers(this.#found.get(userKey(tenant, user)), issuedAt, now))
    )
  }

  /** Whether the session itself is revoked, whoever has it. */
  isSessionRevoked({ id, birth }: Pick<RevocableSession, 'id' | 'birth'>, now: number): boolean {
    return this.#found.size > 0 && covers(this.#found.get(`session:${id}`), birth, now)
  }

  /** Whether its user was revoked since it began: wherever it was then, it is over. */
  isUserRevokedSince({ birth, principal }: Omit<RevocableSession, 'id'>, now: number): boolean {
    const { tenant, user } = principal
    return (
      this.#found.size > 0 && user !== undefined && covers(this.#found.get(userKey(tenant, user)), birth, now)
    )
  }
}
