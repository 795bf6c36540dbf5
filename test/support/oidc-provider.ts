// A real OpenID provider on loopback for tests, whose keys can be rotated: its tokens are JWTs or opaque, as they are asked for.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { Provider } from 'oidc-provider'
import { onEnd } from './cleanup.ts'

const client = { client_id: 'sensor-7', client_secret: 'the secret of a sensor' }
/** What the gateway calls itself where it asks about tokens. */
export const gatewayClient = { clientId: 'gateway', clientSecret: 'the secret of the gateway' }

export type OidcProvider = {
  readonly issuer: string
  readonly introspectionUrl: string
  /** A token that the provider gives the client `sensor-7` for this audience. */
  token(audience: string, format: 'jwt' | 'opaque'): Promise<string>
  /** The provider says itself that the token is no longer good. */
  revoke(token: string): Promise<void>
  /** New keys in place of the old ones. */
  rotate(): Promise<void>
  /** Requests that came to a path. */
  requests(path: string): number
}

async function newKeys(): Promise<JWK[]> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'ES256' }]
}

const configuration = (keys: readonly JWK[]): object => ({
  jwks: { keys },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  clients: [
    { ...client, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
    {
      client_id: gatewayClient.clientId,
      client_secret: gatewayClient.clientSecret,
      grant_types: [],
      redirect_uris: [],
      response_types: [],
    },
  ],
  scopes: ['read', 'write'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      // The last part of a resource says what its tokens are.
      getResourceServerInfo: (_context: unknown, resource: string) => ({
        scope: 'read write',
        audience: resource.replace(/:(jwt|opaque)$/, ''),
        accessTokenTTL: 600,
        accessTokenFormat: resource.endsWith(':jwt') ? 'jwt' : 'opaque',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})

export async function startOidcProvider(t: TestContext): Promise<OidcProvider> {
  let answer: RequestListener = (_request, response) => response.writeHead(503).end()
  const counts = new Map<string, number>()
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    counts.set(pathname, (counts.get(pathname) ?? 0) + 1)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onEnd(t, () => {
    server.close()
    server.closeAllConnections()
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const rotate = async (): Promise<void> => {
    answer = new Provider(issuer, configuration(await newKeys())).callback()
  }
  await rotate()
  const post = async (path: string, form: Record<string, string>): Promise<string> => {
    const basic = [client.client_id, client.client_secret].map(encodeURIComponent).join(':')
    const response = await fetch(`${issuer}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
      body: new URLSearchParams(form),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} answered ${response.status} ${text}`)
    return text
  }
  return {
    issuer,
    introspectionUrl: `${issuer}/token/introspection`,
    async token(audience, format) {
      const resource = `${audience}:${format}`
      const text = await post('/token', { grant_type: 'client_credentials', resource, scope: 'read write' })
      return (JSON.parse(text) as { access_token: string }).access_token
    },
    async revoke(token) {
      await post('/token/revocation', { token })
    },
    rotate,
    requests: (path) => counts.get(path) ?? 0,
  }
}
