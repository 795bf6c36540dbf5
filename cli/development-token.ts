// Tokens for development: signed with the development key, for the issuer of the configuration that trusts it.
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { importJWK, SignJWT } from 'jose'
import type { Config, JwtIssuerConfig } from '../gateway/config/settings.ts'
import { developmentKey, jwksFileOf } from './development-key.ts'
import { CliFailure } from './failure.ts'
import { home } from './project.ts'

export type TokenRequest = {
  readonly user: string
  readonly tenant?: string | undefined
  readonly roles?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
  /** Milliseconds from now; negative for a token that is over already. */
  readonly ttl: number
}

const issuerOf = (config: Config, folder: string): JwtIssuerConfig => {
  const ours = resolve(jwksFileOf(folder))
  const issuer = config.auth.jwt.find(({ jwksFile }) => jwksFile !== undefined && resolve(jwksFile) === ours)
  if (issuer) return issuer
  throw new CliFailure(
    `this configuration does not trust the development key: no issuer in auth.jwt has jwksFile ${ours}`,
  )
}

/** Signs a token that `config` accepts. Throws a CliFailure where it does not trust the development key. */
export const developmentToken = async (
  config: Config,
  { user, tenant, roles = [], claims = {}, ttl }: TokenRequest,
  folder = home,
): Promise<string> => {
  const { issuer, audience, userClaim, tenantClaim } = issuerOf(config, folder)
  if (tenant !== undefined && tenantClaim === undefined) {
    throw new CliFailure('this configuration has no tenants: its issuer names no tenantClaim')
  }
  const key = await developmentKey(folder)
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({
    ...claims,
    ...(roles.length > 0 ? { roles } : {}),
    ...(tenant !== undefined && tenantClaim !== undefined ? { [tenantClaim]: tenant } : {}),
    [userClaim]: user,
  })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(Math.min(now, now + Math.floor(ttl / 1000)))
    .setExpirationTime(now + Math.floor(ttl / 1000))
    .sign(await importJWK(key, 'ES256'))
}
