// The listener for operators: is it alive, is it ready and why not, and its metrics.
import type { Server } from 'node:http'
import { tokenCheck } from './admin-token.ts'
import { answerJson } from './answer.ts'
import { type Certificates, createHttpServer } from './certificates.ts'

export type Readiness = {
  readonly ready: boolean
  /** Why not, one code and sentence each. */
  readonly reasons: readonly { readonly code: string; readonly message: string }[]
  /** What is impaired without making the node unready. */
  readonly degraded: readonly { readonly code: string; readonly message: string }[]
}

export type AdminDeps = {
  readonly readiness: () => Readiness
  /** Everything worth knowing, for `?deep`. */
  readonly details: () => object
  readonly metrics: () => Promise<string>
  readonly metricsType: string
  /** What operators have to show; undefined: nothing. Probes without it learn only whether all is well. */
  readonly token?: string | undefined
  /** Undefined: without TLS. */
  readonly certificates?: Certificates | undefined
}

const timeouts = { headersTimeout: 5_000, requestTimeout: 10_000 }
const challenge = { 'www-authenticate': 'Bearer' }

export function createAdminServer(deps: AdminDeps): Server {
  const mayRead = tokenCheck(deps.token)
  const server = createHttpServer(timeouts, timeouts.headersTimeout, deps.certificates)
  server.on('request', (request, response) => {
    const [path = '/', query] = (request.url ?? '/').split('?', 2)
    request.resume()
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answerJson(response, 405, { code: 'method' })
    const isDeep = path === '/readyz' && new URLSearchParams(query).has('deep')
    const isProbe = path === '/livez' || (path === '/readyz' && !isDeep)
    const isOperator = mayRead(request.headers.authorization)
    if (!isOperator && !isProbe) return answerJson(response, 401, { code: 'unauthenticated' }, challenge)
    switch (path) {
      case '/livez':
        return answerJson(response, 200, { alive: true })
      case '/readyz': {
        const readiness = deps.readiness()
        const shown = isOperator ? readiness : { ready: readiness.ready }
        return answerJson(response, readiness.ready ? 200 : 503, {
          ...shown,
          ...(isDeep ? deps.details() : {}),
        })
      }
      case '/metrics':
        deps.metrics().then(
          (text) => response.writeHead(200, { 'content-type': deps.metricsType }).end(text),
          () => response.writeHead(500).end(),
        )
        return
      default:
        return answerJson(response, 404, {
          code: 'not-found',
          paths: ['/livez', '/readyz', '/readyz?deep', '/metrics'],
        })
    }
  })
  return server
}
