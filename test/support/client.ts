// A WebSocket client for tests: keeps every frame from the first tick on, so that none is lost before it is asked for.

import type { TestContext } from 'node:test'
import { type ClientOptions, WebSocket } from 'ws'
import { onEnd } from './cleanup.ts'
import { waitFor } from './wait.ts'

/** A server frame as JSON: its one key, and what is under it. */
export type Frame = { readonly kind: string; readonly [field: string]: unknown }

export type TestClient = {
  readonly ws: WebSocket
  /** Frames not yet taken by `next`, as JSON; raw payloads are `{kind: 'raw', text, binary}`. */
  readonly frames: Frame[]
  /** The texts as they came. */
  readonly texts: string[]
  send(frame: object): void
  /** Takes the first frame of this kind, waiting for it; frames of other kinds stay. */
  next(kind: string, where?: (frame: Frame) => boolean, timeoutMs?: number): Promise<Frame>
  readonly closed: Promise<{ code: number; reason: string }>
  close(): void
}

export type ConnectOptions = ClientOptions & {
  readonly protocols?: string[]
  readonly path?: string
  readonly token?: string
  readonly scheme?: 'ws' | 'wss'
}

/** Opens a connection; resolves when the upgrade is done, rejects with its HTTP status when it is not granted. */
export async function connect(
  t: TestContext,
  port: number,
  options: ConnectOptions = {},
): Promise<TestClient> {
  const { protocols = ['openclaw.v1.json'], path = '/', token, scheme = 'ws', ...rest } = options
  const headers = { ...rest.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  const ws = new WebSocket(`${scheme}://127.0.0.1:${port}${path}`, protocols, {
    perMessageDeflate: false,
    ...rest,
    headers,
  })
  const frames: Frame[] = []
  const texts: string[] = []
  const end = Promise.withResolvers<{ code: number; reason: string }>()
  let ended = false
  ws.on('message', (data: Buffer, binary) => {
    if (!binary) texts.push(data.toString())
    frames.push(toFrame(data, binary, ws.protocol))
  })
  ws.on('close', (code, reason) => {
    ended = true
    end.resolve({ code, reason: reason.toString() })
  })
  ws.on('error', () => undefined)
  onEnd(t, () => ws.terminate())
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve)
    ws.once('error', reject)
    ws.once('unexpected-response', (_request, response) => reject(new Error(`HTTP ${response.statusCode}`)))
  })
  return {
    ws,
    frames,
    texts,
    send: (frame) => ws.send(JSON.stringify(frame)),
    async next(kind, where = () => true, timeoutMs = 10_000) {
      const find = () => frames.findIndex((frame) => frame.kind === kind && where(frame))
      await waitFor(() => find() >= 0 || ended, {
        timeoutMs,
        describe: () => `a ${kind}; got ${JSON.stringify(frames.slice(-5))}`,
      })
      if (find() < 0) {
        const { code, reason } = await end.promise
        throw new Error(`closed with ${code} "${reason}" while waiting for a ${kind}`)
      }
      return frames.splice(find(), 1)[0] as Frame
    },
    closed: end.promise,
    close: () => ws.close(1000),
  }
}

function toFrame(data: Buffer, binary: boolean, protocol: string): Frame {
  if (binary || protocol !== 'openclaw.v1.json')
    return { kind: 'raw', text: data.toString(), binary, bytes: data }
  const [kind, fields] = Object.entries(JSON.parse(data.toString()) as Record<string, object>)[0] ?? [
    'none',
    {},
  ]
  return { kind, ...fields }
}

/** Connects, says hello and takes the welcome. */
export async function welcomed(
  t: TestContext,
  port: number,
  token: string,
  hello: object = {},
): Promise<TestClient & { welcome: Frame }> {
  const client = await connect(t, port)
  client.send({ hello: { token, ...hello } })
  return Object.assign(client, { welcome: await client.next('welcome') })
}
