// `GET /openclaw.js`: the client as one module, for pages that are just being written. A gateway serves it in development only.
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { answerJson } from './answer.ts'

const built = join(import.meta.dirname, '../../client/dist/openclaw.js')

export const isForModule = ({ method, url = '' }: IncomingMessage): boolean =>
  method === 'GET' && /^\/openclaw\.js(\?|$)/.test(url)

/** 404 with what to do where it has not been built. */
export async function answerModule(response: ServerResponse, file = built): Promise<void> {
  const text = await readFile(file).catch(() => undefined)
  if (text === undefined)
    return answerJson(response, 404, { code: 'unknown-path', hint: 'build it first: npm run client:build' })
  response
    .writeHead(200, {
      'content-type': 'text/javascript; charset=utf-8',
      'content-length': text.length,
      // Modules are fetched with CORS, and a page in development has another port.
      'access-control-allow-origin': '*',
      'cache-control': 'no-cache',
    })
    .end(text)
}
