// An issuer for tests of tokens: key pairs, tokens with anything in them, and a key endpoint that can change and go away.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import {
  CompactSign,
  type CryptoKey,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose'
import type { KeySet } from '../../../../gateway/admission/authenticators/key-set.ts'
import { jwtIssuer } from '../../../../gateway/config/auth-settings.ts'

export type Key = {
  readonly privateKey: CryptoKey
  readonly jwk: object
  readonly kid: string
  readonly alg: string
}

export async function newKey(kid: string, alg = 'ES256'): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, kid, alg, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

export const now = (): number => Math.floor(Date.now() / 1000)

/** Claims of a token that is valid. */
export const goodClaims = () => ({
  iss: 'https://idp.test',
  aud: 'openclaw',
  sub: 'alice',
  exp: now() + 600,
})

/** Signs anything; a claim or header that is undefined is left out. */
export function sign(
  key: Key,
  claims: Record<string, unknown> = {},
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT({ ...goodClaims(), ...claims })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey)
}

/** Signs a payload letter by letter. */
export const signText = (key: Key, payload: string): Promise<string> =>
  new CompactSign(Buffer.from(payload))
    .setProtectedHeader({ alg: key.alg, kid: key.kid })
    .sign(key.privateKey)

/** Keys that never change. */
export const fixedKeys = (...keys: readonly Key[]): KeySet => ({
  find: createLocalJWKSet({ keys: keys.map(({ jwk }) => jwk) as { kty: string }[] }),
  renew: async () => 'known',
})

/** The settings of an issuer, with defaults. */
export const issuerSettings = (more: object = {}) =>
  jwtIssuer.parse({ issuer: 'https://idp.test', audience: 'openclaw', jwksFile: 'unused', ...more })

/** A key endpoint on a free port. `answer` is what it gives: keys, a status, or bytes. */
export async function keyEndpoint(t: TestContext, keys: readonly Key[]) {
  const state = {
    answer: keys as readonly Key[] | number | string,
    /** Times of fetches, in ms on a clock that only grows. */
    at: [] as number[],
    /** Answers wait for this. */
    pause: Promise.resolve(),
    get fetches() {
      return state.at.length
    },
  }
  const respond = (response: ServerResponse): void => {
    const { answer } = state
    if (typeof answer === 'number') response.writeHead(answer, { location: '/other' }).end()
    else if (typeof answer === 'string') response.end(answer)
    else response.end(JSON.stringify({ keys: answer.map(({ jwk }) => jwk) }))
  }
  const server = createServer((_request, response) => {
    state.at.push(performance.now())
    void state.pause.then(() => respond(response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  t.after(close)
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/jwks.json`,
    close,
    open: () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve)),
  })
}
