// From the claims of a token that was found valid to the principal it names. Pure.
import type { Principal, Shown } from '../session/principal.ts'

export type ClaimNames = {
  readonly userClaim: string
  readonly tenantClaim?: string | undefined
  /** Milliseconds for which a token counts after its end. */
  readonly clockTolerance: number
}

type Claims = Readonly<Record<string, unknown>>

const maxNameBytes = 256
const lastTime = Date.parse('9999-12-31T23:59:59.999Z')

/** Halves of surrogate pairs are refused: in UTF-8 they would all become the same user. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  value.isWellFormed() &&
  Buffer.byteLength(value) <= maxNameBytes &&
  !/[\u0000-\u001f\u007f]/.test(value)

/** Milliseconds since the epoch of a NumericDate (RFC 7519); undefined for what is none. */
export const toMs = (seconds: unknown): number | undefined =>
  typeof seconds === 'number' && Number.isFinite(seconds) ? Math.trunc(seconds * 1000) : undefined

/** Undefined where the claims name no user, or a tenant that cannot be one, or bind the token to a key of its holder. */
export function toPrincipal(claims: Claims, names: ClaimNames): Principal | undefined {
  const user = claims[names.userClaim]
  // A token that names no tenant is of the empty one, which no other tenant can address.
  const tenant = names.tenantClaim === undefined ? '' : (claims[names.tenantClaim] ?? '')
  if (!isName(user) || (tenant !== '' && !isName(tenant))) return undefined
  // A token bound to a key (RFC 7800) is worth nothing without a proof of that key, and none is asked for here.
  if (claims['cnf'] !== undefined) return undefined
  const { exp } = claims
  // What is believed at the door for its tolerance is believed for as long inside. JSON can say 1e400, which is no never.
  const until = typeof exp === 'number' ? Math.trunc(exp * 1000) + names.clockTolerance : undefined
  const expiresAt = until === undefined ? {} : { expiresAt: Math.min(until, lastTime) }
  return { user, tenant, claims, ...expiresAt, shown: shownBy(claims) }
}

/** What can be named to revoke the token. An id that is no name cannot be; its user can. */
function shownBy(claims: Claims): Shown {
  const issuedAt = toMs(claims['iat'])
  return {
    ...(isName(claims['jti']) ? { token: claims['jti'] } : {}),
    ...(issuedAt === undefined ? {} : { issuedAt }),
  }
}
