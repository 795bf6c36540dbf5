// The principal that a token names under a configuration, verified where the configuration can do that.
import { createIssuerKeys } from '../admission/authenticators/issuer-keys.ts'
import { createJwtAuthenticator } from '../admission/authenticators/jwt.ts'
import { toPrincipal } from '../admission/to-principal.ts'
import type { Config } from '../config/settings.ts'
import type { Principal } from '../session/principal.ts'

export type TokenPrincipal = {
  readonly principal: Principal
  /** `unknown`: the keys of its issuer cannot be had now. */
  readonly token: 'verified' | 'refused' | 'unknown'
  /** Why it is not verified, as a sentence. */
  readonly doubt?: string
}

type Claims = Readonly<Record<string, unknown>>

/** A sentence where the token names nobody. */
export async function principalOf({ auth }: Config, token: string): Promise<TokenPrincipal | string> {
  const claims = claimsIn(token)
  if (claims === undefined) return 'it is no JWT'
  const authenticator = createJwtAuthenticator({
    issuers: auth.jwt,
    keysOf: createIssuerKeys(auth.jwks, () => undefined),
    maxTokenSize: auth.maxTokenSize,
  })
  const checked = await authenticator.authenticate({ kind: 'bearer', token }).catch(() => 'unknown' as const)
  if (checked !== undefined && checked !== 'unknown') return { principal: checked, token: 'verified' }
  const issuer = auth.jwt.find(
    ({ issuer: iss, audience }) => iss === claims['iss'] && [claims['aud']].flat().includes(audience),
  )
  const principal = toPrincipal(claims, issuer ?? { userClaim: 'sub', clockTolerance: 0 })
  if (principal === undefined) return 'it names no user, or a tenant that cannot be one'
  if (checked === 'unknown')
    return { principal, token: 'unknown', doubt: "it was not verified: its issuer's keys cannot be had now" }
  const doubt =
    issuer === undefined
      ? 'no issuer of auth.jwt has its iss and aud: nobody is let in with it'
      : 'it is not valid (expired, not yet good, or not signed by its issuer): nobody is let in with it'
  return { principal, token: 'refused', doubt }
}

/** What a token says, not believed. */
function claimsIn(token: string): Claims | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims)
      ? (claims as Claims)
      : undefined
  } catch {
    return undefined
  }
}
