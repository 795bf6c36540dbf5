// Checks JSON Web Tokens of the configured issuers (RFC 7519, RFC 8725), with keys from a file or from a URL.
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose'
import type { JwtIssuerConfig } from '../../config/settings.ts'
import type { Principal } from '../../session/principal.ts'
import type { Authenticator } from '../credential.ts'

export type JwtOptions = {
  readonly issuers: readonly (JwtIssuerConfig & { readonly keys?: { readonly keys: readonly object[] } })[]
  readonly maxTokenSize: number
  /** An issuer's keys cannot be had now. */
  readonly onKeysUnavailable: (issuer: string, failure: unknown) => void
}

type Issuer = JwtIssuerConfig & { readonly key: JWTVerifyGetKey }

const maxNameLength = 256
const fetchTimeoutMs = 5_000
const cooldownMs = 30_000
const cacheMs = 600_000

/** Valid means: signed by an allowed algorithm with a key of the issuer, for our audience, not expired, with a subject. */
export function createJwtAuthenticator(options: JwtOptions): Authenticator {
  const issuers = new Map<string, Issuer>()
  for (const issuer of options.issuers) issuers.set(issuer.issuer, { ...issuer, key: keysOf(issuer) })
  return {
    name: 'jwt',
    claims: (credential) => credential.kind === 'bearer',
    async authenticate(credential) {
      if (credential.kind !== 'bearer' || credential.token.length > options.maxTokenSize) return undefined
      const issuer = issuers.get(issuerOf(credential.token) ?? '')
      if (issuer === undefined) return undefined
      try {
        const { payload } = await jwtVerify(credential.token, issuer.key, {
          issuer: issuer.issuer,
          audience: issuer.audience,
          algorithms: issuer.algorithms,
          clockTolerance: issuer.clockTolerance / 1000,
          requiredClaims: ['exp', issuer.userClaim],
        })
        return toPrincipal(payload, issuer)
      } catch (failure) {
        if (isVerdict(failure)) return undefined
        options.onKeysUnavailable(issuer.issuer, failure)
        throw failure
      }
    },
  }
}

/** The issuer a token names, not yet believed: it only picks which keys to check with. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

function keysOf(issuer: JwtOptions['issuers'][number]): JWTVerifyGetKey {
  if (issuer.keys !== undefined) return createLocalJWKSet({ keys: [...issuer.keys.keys] })
  if (issuer.jwksUri === undefined) throw new Error(`issuer ${issuer.issuer} has no keys`)
  return createRemoteJWKSet(new URL(issuer.jwksUri), {
    timeoutDuration: fetchTimeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: cacheMs,
  })
}

/** Whether jose says something about the token; otherwise the keys could not be had. */
function isVerdict(failure: unknown): boolean {
  if (!(failure instanceof errors.JOSEError)) return false
  return (
    failure.code !== 'ERR_JWKS_TIMEOUT' &&
    failure.code !== 'ERR_JOSE_GENERIC' &&
    failure.code !== 'ERR_JWKS_INVALID'
  )
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  value.length <= maxNameLength &&
  !/[\u0000-\u001f\u007f]/.test(value)

function toPrincipal(payload: JWTPayload, issuer: JwtIssuerConfig): Principal | undefined {
  const user = payload[issuer.userClaim]
  // A token that names no tenant is of the empty one, which no other tenant can address.
  const tenant = issuer.tenantClaim === undefined ? '' : (payload[issuer.tenantClaim] ?? '')
  if (!isName(user) || (tenant !== '' && !isName(tenant))) return undefined
  return {
    user,
    tenant,
    claims: payload,
    ...(payload.exp === undefined ? {} : { expiresAt: payload.exp * 1000 }),
  }
}
