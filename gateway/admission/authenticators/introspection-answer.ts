// What the answer about an opaque token says of it: whose it is and until when, or that it is not for us. Pure.
import type { IntrospectionConfig } from '../../config/settings.ts'
import type { Principal } from '../../session/principal.ts'
import { toPrincipal } from '../to-principal.ts'

type Rules = Pick<
  IntrospectionConfig,
  'issuer' | 'audience' | 'userClaim' | 'tenantClaim' | 'clockTolerance' | 'trustFor'
>

/** No principal: the token is not valid here. `keepMs`: for how long the answer may be kept at most. */
export type Answer = { readonly principal: Principal | undefined; readonly keepMs: number }

const notValid: Answer = { principal: undefined, keepMs: Number.POSITIVE_INFINITY }

/** Other types are bound to a key of their holder, or are no access tokens: some servers call refresh tokens active. */
const tokenTypes: ReadonlySet<unknown> = new Set([undefined, 'bearer'])
const uses: ReadonlySet<unknown> = new Set([undefined, 'access_token', 'access'])
const types: ReadonlySet<unknown> = new Set([undefined, 'bearer', 'jwt', 'at+jwt', 'application/at+jwt'])

const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value)

const isTimeOrAbsent = (value: unknown): value is number | undefined =>
  value === undefined || (typeof value === 'number' && Number.isFinite(value))

/** Throws for what is no answer at all: then nothing is known of the token. `now` in ms since the epoch. */
export function readAnswer(json: unknown, rules: Rules, now: number): Answer {
  const { active, ...claims } = Object(json) as Record<string, unknown>
  if (typeof active !== 'boolean') throw new Error('the answer does not say whether the token is active')
  if (!active || !isForUs(claims, rules)) return notValid
  const { exp, nbf } = claims
  if (!isTimeOrAbsent(exp) || !isTimeOrAbsent(nbf)) return notValid
  const { clockTolerance } = rules
  if (exp !== undefined && exp * 1000 + clockTolerance <= now) return notValid
  if (nbf !== undefined && nbf * 1000 - clockTolerance > now) return notValid
  const principal = toPrincipal(claims, rules)
  if (principal === undefined) return notValid
  const { expiresAt = Number.POSITIVE_INFINITY } = principal
  return {
    principal: { ...principal, expiresAt: Math.min(expiresAt, now + rules.trustFor) },
    keepMs: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000 - now,
  }
}

function isForUs(claims: Readonly<Record<string, unknown>>, { issuer, audience }: Rules): boolean {
  return (
    tokenTypes.has(lower(claims['token_type'])) &&
    types.has(lower(claims['typ'])) &&
    uses.has(lower(claims['token_use'])) &&
    (issuer === undefined || claims['iss'] === issuer) &&
    (audience === undefined || [claims['aud']].flat().includes(audience))
  )
}
