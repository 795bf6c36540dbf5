// The issuer of the load: one key for the run, and a token for each connection.
import { writeFileSync } from 'node:fs'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const issuer = 'load'
export const audience = 'openclaw'

/** Writes the public key to `jwksFile` and answers `count` tokens, each of a user of its own, good for a day. */
export const makeTokens = async (jwksFile: string, count: number): Promise<string[]> => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const key = { ...(await exportJWK(publicKey)), kid: 'load', alg: 'ES256', use: 'sig' }
  writeFileSync(jwksFile, JSON.stringify({ keys: [key] }))
  return Promise.all(
    Array.from({ length: count }, (_, n) =>
      new SignJWT()
        .setProtectedHeader({ alg: 'ES256', kid: 'load' })
        .setSubject(`user-${n}`)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('1d')
        .sign(privateKey),
    ),
  )
}
