// The development key: made once per clone, signs the tokens of `openclaw token`, and means nothing anywhere else.
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'

/** The private half, with `kid` and `alg`. */
export type DevelopmentKey = JWK & { readonly kid: string }

export const jwksFileOf = (home: string): string => join(home, 'jwks.json')

const keyFileOf = (home: string): string => join(home, 'key.json')

/** Writes a file that nobody else may read, whole or not at all; one that is there already stays. */
const writeOnce = (file: string, text: string): void => {
  if (existsSync(file)) return
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, text, { mode: 0o600 })
  try {
    linkSync(draft, file)
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'EEXIST') throw failure
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Writes a file, whole or not at all, unless that is what it holds already. */
const keepEqual = (file: string, text: string): void => {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, text, { mode: 0o600 })
  renameSync(draft, file)
}

const publicHalf = ({ kty, crv, x, y, kid, alg }: DevelopmentKey) => ({
  kty,
  crv,
  x,
  y,
  kid,
  alg,
  use: 'sig',
})

/** The key in `home`, made with its JWKS file if it is not there. Processes that ask at once get the same one. */
export const developmentKey = async (home: string): Promise<DevelopmentKey> => {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  if (!existsSync(keyFileOf(home))) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(privateKey)
    const made = { ...jwk, alg: 'ES256', kid: await calculateJwkThumbprint(jwk) }
    writeOnce(keyFileOf(home), `${JSON.stringify(made)}\n`)
  }
  const key = JSON.parse(readFileSync(keyFileOf(home), 'utf8')) as DevelopmentKey
  keepEqual(jwksFileOf(home), `${JSON.stringify({ keys: [publicHalf(key)] })}\n`)
  return key
}
