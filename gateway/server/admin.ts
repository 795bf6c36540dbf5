// The listener for operators: is it alive, is it ready and why not, and its metrics.
import { createServer, type Server } from 'node:http'
import { answerJson } from './answer.ts'

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
}

export function createAdminServer(deps: AdminDeps): Server {
  return createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, (request, response) => {
    const [path = '/', query] = (request.url ?? '/').split('?', 2)
    request.resume()
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answerJson(response, 405, { code: 'method' })
    switch (path) {
      case '/livez':
        return answerJson(response, 200, { alive: true })
      case '/readyz': {
        const readiness = deps.readiness()
        const deep = new URLSearchParams(query).has('deep') ? deps.details() : {}
        return answerJson(response, readiness.ready ? 200 : 503, { ...readiness, ...deep })
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
}
