// Checks JSON Web Tokens of the configured issuers (RFC 7519, RFC 8725), with keys from a file or from a URL.
import {
  createLocalJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import type { JwtIssuerConfig } from '../../config/settings.ts'
import type { Principal } from '../../session/principal.ts'
import type { Authenticator } from '../credential.ts'
import { createKeySet } from './key-set.ts'

export type JwtOptions = {
  readonly issuers: readonly (JwtIssuerConfig & { readonly keys?: { readonly keys: readonly object[] } })[]
  readonly maxTokenSize: number
  /** An issuer's keys cannot be fetched now. */
  readonly onKeysUnavailable: (issuer: string, failure: unknown) => void
  /** Milliseconds between two fetches of one issuer's keys, and after which they are old; for tests. */
  readonly keyTimes?: { readonly cooldownMs: number; readonly freshMs: number }
}

type Issuer = JwtIssuerConfig & { readonly key: JWTVerifyGetKey }

const maxNameBytes = 256
const lastTime = Date.parse('9999-12-31T23:59:59.999Z')
const keyTimesByDefault = { cooldownMs: 30_000, freshMs: 600_000 }

/** What access tokens are typed as. Other types (logout tokens, DPoP proofs) share issuer and keys and prove no login. */
const types: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt'])

/** Valid means: signed by an allowed algorithm with a key of the issuer, for our audience, not expired, with a subject. */
export function createJwtAuthenticator(options: JwtOptions): Authenticator {
  const issuers = new Map<string, Issuer[]>()
  for (const issuer of options.issuers) {
    const same = issuers.get(issuer.issuer) ?? []
    issuers.set(issuer.issuer, [...same, { ...issuer, key: keysOf(issuer, options) }])
  }
  return {
    name: 'jwt',
    claims: (credential) => credential.kind === 'bearer',
    async authenticate(credential) {
      if (credential.kind !== 'bearer' || credential.token.length > options.maxTokenSize) return undefined
      const { iss, aud } = unverified(credential.token)
      // One issuer may be configured for several audiences, each with claims of its own.
      const named = issuers.get(iss ?? '')?.find(({ audience }) => [aud].flat().includes(audience))
      return named === undefined ? undefined : check(credential.token, named)
    },
  }
}

/** Who a token says made it and for whom, not yet believed: it only picks what to check it with. */
function unverified(token: string): Pick<JWTPayload, 'iss' | 'aud'> {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}

function keysOf(issuer: JwtOptions['issuers'][number], options: JwtOptions): JWTVerifyGetKey {
  if (issuer.keys !== undefined) return createLocalJWKSet({ keys: [...issuer.keys.keys] })
  if (issuer.jwksUri === undefined) throw new Error(`issuer ${issuer.issuer} has no keys`)
  return createKeySet({
    url: issuer.jwksUri,
    ...(options.keyTimes ?? keyTimesByDefault),
    onUnavailable: (failure) => options.onKeysUnavailable(issuer.issuer, failure),
  })
}

/** Rejects where the keys cannot be had. Whatever jose says is about the token. */
async function check(token: string, issuer: Issuer): Promise<Principal | undefined> {
  const rules: JWTVerifyOptions = {
    issuer: issuer.issuer,
    audience: issuer.audience,
    algorithms: issuer.algorithms,
    clockTolerance: issuer.clockTolerance / 1000,
    requiredClaims: ['exp', issuer.userClaim],
  }
  try {
    const { payload, protectedHeader } = await verify(token, issuer.key, rules)
    return types.has(protectedHeader.typ?.toLowerCase()) ? toPrincipal(payload, issuer) : undefined
  } catch (failure) {
    if (failure instanceof errors.JOSEError) return undefined
    throw failure
  }
}

/** A token without a `kid` may be of any key of its algorithm, as around a rotation. */
async function verify(token: string, key: JWTVerifyGetKey, rules: JWTVerifyOptions) {
  try {
    return await jwtVerify(token, key, rules)
  } catch (several) {
    if (!(several instanceof errors.JWKSMultipleMatchingKeys)) throw several
    for await (const candidate of several) {
      try {
        return await jwtVerify(token, candidate, rules)
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
      }
    }
    throw several
  }
}

/** Halves of surrogate pairs are refused: in UTF-8 they would all become the same user. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  value.isWellFormed() &&
  Buffer.byteLength(value) <= maxNameBytes &&
  !/[\u0000-\u001f\u007f]/.test(value)

function toPrincipal(payload: JWTPayload, issuer: JwtIssuerConfig): Principal | undefined {
  const user = payload[issuer.userClaim]
  // A token that names no tenant is of the empty one, which no other tenant can address.
  const tenant = issuer.tenantClaim === undefined ? '' : (payload[issuer.tenantClaim] ?? '')
  if (!isName(user) || (tenant !== '' && !isName(tenant))) return undefined
  // What is believed at the door for its tolerance is believed for as long inside.
  const until = (payload.exp ?? 0) * 1000 + issuer.clockTolerance
  return { user, tenant, claims: payload, expiresAt: Math.min(Math.trunc(until), lastTime) }
}
