// Checks JSON Web Tokens of the configured issuers (RFC 7519, RFC 8725), with keys from a file or from a URL.
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import type { JwtIssuerConfig } from '../../config/settings.ts'
import type { Principal } from '../../session/principal.ts'
import type { Authenticator } from '../credential.ts'
import { isName, toMs, toPrincipal } from '../to-principal.ts'
import type { KeySet, Renewal } from './key-set.ts'

export type JwtOptions = {
  readonly issuers: readonly JwtIssuerConfig[]
  readonly keysOf: (issuer: JwtIssuerConfig) => KeySet
  readonly maxTokenSize: number
}

type Issuer = JwtIssuerConfig & { readonly keys: KeySet }

/** What access tokens are typed as. Other types (logout tokens, DPoP proofs) share issuer and keys and prove no login. */
const types: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt'])

/** Valid means: signed by an allowed algorithm with a key of the issuer, for our audience, not expired, with a subject. */
export function createJwtAuthenticator({ issuers: all, keysOf, maxTokenSize }: JwtOptions): Authenticator {
  const issuers = new Map<string, Issuer[]>()
  for (const issuer of all) {
    const same = issuers.get(issuer.issuer) ?? []
    issuers.set(issuer.issuer, [...same, { ...issuer, keys: keysOf(issuer) }])
  }
  return {
    name: 'jwt',
    /** What names another issuer, or is no JWT at all, may be for another authenticator. */
    claims: (credential) =>
      credential.kind === 'bearer' &&
      credential.token.length <= maxTokenSize &&
      issuers.has(unverified(credential.token).iss ?? ''),
    async authenticate(credential) {
      if (credential.kind !== 'bearer' || credential.token.length > maxTokenSize) return undefined
      const { iss, aud, iat } = unverified(credential.token)
      // One issuer may be configured for several audiences, each with claims of its own.
      const named = issuers.get(iss ?? '')?.find(({ audience }) => [aud].flat().includes(audience))
      if (named === undefined || !hasSoundKeyId(credential.token)) return undefined
      return check(credential.token, named, toMs(iat))
    },
  }
}

/** Who a token says made it and for whom, not yet believed: it only picks what to check it with. */
function unverified(token: string): Pick<JWTPayload, 'iss' | 'aud' | 'iat'> {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}

/** A `kid` is compared with those of the issuer's keys and is nothing else: no path, no URL, no query. */
function hasSoundKeyId(token: string): boolean {
  try {
    const { kid } = decodeProtectedHeader(token)
    return kid === undefined || isName(kid)
  } catch {
    return false
  }
}

/** Rejects where the keys cannot be had. Whatever jose says is about the token. */
async function check(
  token: string,
  issuer: Issuer,
  issuedAt: number | undefined,
): Promise<Principal | undefined> {
  for (let isLast = false; ; ) {
    const checked = await checkOnce(token, issuer)
    if (checked !== 'no-key') return checked
    const renewal: Renewal = isLast ? 'known' : await issuer.keys.renew(issuedAt)
    if (renewal === 'known') return undefined
    isLast = renewal === 'fetched'
  }
}

/** `no-key`: none that is known now fits. */
async function checkOnce(token: string, issuer: Issuer): Promise<Principal | undefined | 'no-key'> {
  const rules: JWTVerifyOptions = {
    issuer: issuer.issuer,
    audience: issuer.audience,
    algorithms: issuer.algorithms,
    clockTolerance: issuer.clockTolerance / 1000,
    requiredClaims: ['exp', issuer.userClaim],
  }
  try {
    const { payload, protectedHeader } = await verify(token, issuer.keys.find, rules)
    return types.has(protectedHeader.typ?.toLowerCase()) ? toPrincipal(payload, issuer) : undefined
  } catch (failure) {
    if (failure instanceof errors.JWKSNoMatchingKey) return 'no-key'
    if (failure instanceof errors.JWKSMultipleMatchingKeys) return 'no-key'
    const isUnsigned = failure instanceof errors.JWSSignatureVerificationFailed
    if (isUnsigned && decodeProtectedHeader(token).kid === undefined) return 'no-key'
    if (failure instanceof errors.JOSEError) return undefined
    throw failure
  }
}

/** A token without a `kid` may be of any key of its algorithm, as around a rotation. */
async function verify(token: string, key: KeySet['find'], rules: JWTVerifyOptions) {
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
