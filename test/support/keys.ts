// An issuer of tokens for tests: a key pair of this process, and tokens signed with it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const issuer = 'test-issuer'
export const audience = 'openclaw'

const pair = await generateKeyPair('ES256', { extractable: true })

/** Writes the public key as a JWKS and answers the file's path. */
export async function writeJwks(folder: string): Promise<string> {
  const file = join(folder, 'jwks.json')
  const key = { ...(await exportJWK(pair.publicKey)), kid: 'test', alg: 'ES256', use: 'sig' }
  writeFileSync(file, JSON.stringify({ keys: [key] }))
  return file
}

export type TokenOptions = {
  readonly claims?: Record<string, unknown>
  readonly issuer?: string
  readonly audience?: string
  /** Seconds from now; negative: expired. */
  readonly ttl?: number
}

/** A token of the test issuer for this user. */
export function tokenFor(user: string, options: TokenOptions = {}): Promise<string> {
  return new SignJWT(options.claims ?? {})
    .setProtectedHeader({ alg: 'ES256', kid: 'test' })
    .setSubject(user)
    .setIssuer(options.issuer ?? issuer)
    .setAudience(options.audience ?? audience)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + (options.ttl ?? 600))
    .sign(pair.privateKey)
}
