// A server of opaque tokens for tests: says what it is told to about each token, counts what it is asked, can fail.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'

export type Asked = { readonly form: URLSearchParams; readonly headers: IncomingMessage['headers'] }

export async function introspectionServer(t: TestContext) {
  const state = {
    /** What is said of a token; others are not active. */
    tokens: new Map<string, object>(),
    /** Instead of that: a status, or a body. */
    answer: undefined as number | string | undefined,
    asked: [] as Asked[],
    /** Answers wait for this. */
    pause: Promise.resolve(),
  }
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(request))
    state.asked.push({ form, headers: request.headers })
    await state.pause
    const { answer } = state
    if (typeof answer === 'number') response.writeHead(answer, { location: '/other' }).end()
    else
      response.end(answer ?? JSON.stringify(state.tokens.get(form.get('token') ?? '') ?? { active: false }))
  }
  const server = createServer((request, response) => void respond(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  t.after(close)
  return Object.assign(state, { url: `http://127.0.0.1:${port}/introspect`, close })
}
