// A server that speaks the API of language models (chat completions, streamed), says what a test tells it, and cuts its bytes at bad places.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { onEnd } from './cleanup.ts'

export type Answer = {
  readonly pieces?: readonly string[]
  /** After so many pieces it waits for `goOn`, or for its client to leave. */
  readonly holdAfter?: number
  /** The connection ends without the end of the answer. */
  readonly breaksOff?: boolean
  readonly status?: number
  readonly body?: string
}

export type Asked = {
  readonly authorization: string | undefined
  readonly model: string
  readonly stream: boolean
  readonly messages: readonly { readonly role: string; readonly content: string }[]
}

export type Model = {
  readonly url: string
  readonly asked: readonly Asked[]
  /** Answers that their clients left in the middle. */
  readonly abandoned: number
  /** What to answer to the next question. */
  next(answer: Answer): void
  goOn(): void
  stop(): Promise<void>
}

const chunk = (choice: object) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, finish_reason: null, ...choice }] })}`

/** Ends with `t`. */
export async function startModel(t: TestContext): Promise<Model> {
  const asked: Asked[] = []
  const answers: Answer[] = []
  let abandoned = 0
  let goOn = () => {}

  /** One byte at a time, so that no character, line end or event comes whole. */
  const write = async (response: ServerResponse, text: string) => {
    for (const byte of Buffer.from(text)) {
      if (response.destroyed) return
      response.write(Uint8Array.of(byte))
      await soon()
    }
  }
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    for await (const piece of request) body += String(piece)
    const { authorization } = request.headers
    asked.push({ ...(JSON.parse(body) as Omit<Asked, 'authorization'>), authorization })
    const answer = answers.shift() ?? {}
    const { pieces = [], holdAfter, breaksOff = false, status = 200 } = answer
    if (request.url !== '/v1/chat/completions') return void response.writeHead(404).end()
    if (status !== 200) return void response.writeHead(status).end(answer.body)
    let isOver = false
    response.once('close', () => {
      if (!isOver) abandoned += 1
    })
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    await write(response, `: hello\r\n\r\n${chunk({ delta: { role: 'assistant', content: '' } })}\r\n\r\n`)
    for (const [at, content] of pieces.entries()) {
      if (at === holdAfter)
        await Promise.race([new Promise<void>((resolve) => (goOn = resolve)), once(response, 'close')])
      await write(response, `${chunk({ delta: { content } })}\n\n`)
    }
    if (response.destroyed) return
    isOver = true
    if (breaksOff) return void response.destroy()
    await write(response, `${chunk({ delta: {}, finish_reason: 'stop' })}\n\ndata: [DONE]\n\n`)
    response.end()
  }
  const server = createServer((request, response) => void reply(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => void server.close(() => resolve()))
  }
  onEnd(t, stop)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    get abandoned() {
      return abandoned
    },
    next: (answer) => void answers.push(answer),
    goOn: () => goOn(),
    stop,
  }
}
