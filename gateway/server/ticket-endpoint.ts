// `POST /tickets`: a ticket for whoever shows a credential, also to pages of other origins, where those are configured.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Issued } from '../admission/issue-ticket.ts'
import type { OriginRule } from '../admission/origin.ts'
import type { RejectionCode } from '../errors.ts'
import { answerJson, rejectRequest } from './answer.ts'

export type TicketEndpoint = {
  readonly issue: (request: IncomingMessage) => Promise<Issued>
  readonly originAllowed: OriginRule
  /** Whether pages may send cookies along. */
  readonly cookies: boolean
  readonly onRejected: (code: RejectionCode) => void
}

/** Bytes of a body, which nobody looks at. */
const mostBody = 16 * 1024
/** Seconds for which a browser need not ask again. */
const preflightAgeS = 600

export const isForTickets = ({ method, url = '' }: IncomingMessage): boolean =>
  (method === 'POST' || method === 'OPTIONS') && url.split('?', 1)[0] === '/tickets'

/** Ends the response in every case; a rejection of `issue` is passed on. */
export async function answerTicket(
  endpoint: TicketEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin } = request.headers
  // What is answered differs by origin, also where none was named.
  response.setHeader('vary', 'Origin')
  if (origin !== undefined && endpoint.originAllowed(origin)) {
    response.setHeader('access-control-allow-origin', origin)
    if (endpoint.cookies) response.setHeader('access-control-allow-credentials', 'true')
  }
  if (request.method === 'OPTIONS') {
    request.resume()
    return preflight(endpoint, request, response)
  }
  if (!(await isShort(request))) {
    response.setHeader('connection', 'close')
    return rejectRequest(response, { code: 'bad-request' })
  }
  const issued = await endpoint.issue(request)
  if (!issued.ok) {
    endpoint.onRejected(issued.rejection.code)
    return rejectRequest(response, issued.rejection)
  }
  const { ticket, expiresAt } = issued
  answerJson(response, 201, { ticket, expiresAt: new Date(expiresAt).toISOString() })
}

function preflight(endpoint: TicketEndpoint, { headers }: IncomingMessage, response: ServerResponse): void {
  const { origin } = headers
  if (origin === undefined) return rejectRequest(response, { code: 'bad-request' })
  if (!endpoint.originAllowed(origin)) return rejectRequest(response, { code: 'origin-not-allowed' })
  response
    .writeHead(204, {
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization, content-type, x-api-key',
      'access-control-max-age': String(preflightAgeS),
    })
    .end()
}

/** Reads the body to its end and forgets it; false when there is more than anybody has reason to send. */
function isShort(request: IncomingMessage): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > mostBody) resolve(false)
    })
    request.once('end', () => resolve(true))
    request.once('error', reject)
    request.once('close', () => reject(new Error('the request was not sent to its end')))
  })
}
