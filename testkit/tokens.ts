// Tokens for the clients of a test gateway, signed with a key of its own.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const issuer = 'test-kit'
export const audience = 'openclaw'

export type TokenOptions = {
  /** Claims beside the subject, such as `{ roles: ['member'] }` or `{ tenant: 'acme' }`. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Milliseconds from now; negative: it has ended already. Default ten minutes. */
  readonly ttlMs?: number
}

export type Tokens = {
  readonly jwksFile: string
  token(user: string, options?: TokenOptions): Promise<string>
}

export async function createTokens(folder: string): Promise<Tokens> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwksFile = join(folder, 'jwks.json')
  const key = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256', use: 'sig' }
  writeFileSync(jwksFile, JSON.stringify({ keys: [key] }))
  return {
    jwksFile,
    token: (user, { claims = {}, ttlMs = 600_000 } = {}) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'test' })
        .setSubject(user)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime((Date.now() + ttlMs) / 1_000)
        .sign(privateKey),
  }
}
