// The demo pages of examples/ on a port of their own, with what they need: the client, tokens, the gateways' addresses.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { root } from '../project.ts'
import { clientFolder } from './client-module.ts'
import { staticFile } from './static-files.ts'

export type PagesOptions = {
  /** Of 127.0.0.1; 0: any that is free. */
  readonly port: number
  /** WebSocket addresses of the gateways there are; pages take one after the other. */
  readonly gateways: () => readonly string[]
  /** Signs a user in. What it throws is shown to the page. */
  readonly token: (user: string) => Promise<string>
  /** Where openclaw.js is; default client/dist. */
  readonly modules?: string
}

export type Pages = { readonly url: string; stop(): Promise<void> }

const examples = join(root, 'examples')

/** Modules that `buildClientModule` makes. */
const built = ['/openclaw.js', '/yjs.js']

/** A page of another origin that was given a name which leads here must not get tokens. */
const ownHost = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/

const user = /^[\w.@-]{1,64}$/

const everyAnswer = {
  'cache-control': 'no-cache',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'self'; connect-src 'self' ws: wss: http://127.0.0.1:* http://localhost:*; img-src 'self' data:; frame-ancestors 'self'",
}

const text = 'text/plain; charset=utf-8'

/** Serves the pages. Rejects where the port is taken. */
export async function startPages({
  port,
  gateways,
  token,
  modules = clientFolder,
}: PagesOptions): Promise<Pages> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const end = (status: number, type: string, body: string | Buffer) =>
      void response.writeHead(status, { ...everyAnswer, 'content-type': type }).end(body)
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, text, 'GET only')
    if (!ownHost.test(request.headers.host ?? '')) return end(421, text, 'open it as http://127.0.0.1')
    const url = URL.parse(request.url ?? '/', 'http://127.0.0.1')
    if (url === null) return end(404, text, 'no such page')
    if (url.pathname === '/gateways.json') return end(200, 'application/json', JSON.stringify(gateways()))
    if (url.pathname === '/token') {
      const name = url.searchParams.get('user') ?? ''
      if (!user.test(name)) return end(400, text, 'user: 1 to 64 letters, digits, and any of ._@-')
      return end(200, text, await token(name))
    }
    const isModule = built.includes(url.pathname)
    const file = await staticFile(isModule ? modules : examples, url.pathname)
    if (file !== undefined) return end(200, file.type, file.bytes)
    if (isModule) return end(404, text, 'build it first: npm run client:build')
    if (await staticFile(examples, `${url.pathname}/`)) {
      return void response.writeHead(308, { location: `${url.pathname}/${url.search}` }).end()
    }
    end(404, text, 'no such page')
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((failure: unknown) => {
      response.writeHead(500, { 'content-type': text })
      response.end(failure instanceof Error ? failure.message : String(failure))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://127.0.0.1:${bound}`,
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => void server.close(() => resolve()))
    },
  }
}
