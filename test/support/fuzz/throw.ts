// Throws what was generated at a gateway: over raw sockets, over WebSockets, a few at a time, and counts how it ends.
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import type { Message } from './frames.ts'

const patienceMs = 20_000
/** Messages between two looks whether the connection still lives. */
const atATime = 10

export type Ends = Map<string, number>

const count = (ends: Ends, how: string): void => void ends.set(how, (ends.get(how) ?? 0) + 1)

/** Calls `one` for each of `all`, so many at a time. */
export async function each<T>(
  all: readonly T[],
  lanes: number,
  one: (of: T) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let mine = all[next++]; mine !== undefined; mine = all[next++]) await one(mine)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Connects, sends, ends; resolves with the first line of the answer once the other side has ended, too. */
export function sendRaw(port: number, bytes: Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = connect({ port, host: '127.0.0.1' })
  let answer = ''
  const late = setTimeout(() => {
    socket.destroy()
    resolve('never ended')
  }, patienceMs)
  socket.on('data', (some) => {
    if (answer.length < 100) answer += some.toString('latin1')
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    clearTimeout(late)
    resolve(answer.split('\r\n', 1)[0] || 'ended')
  })
  socket.end(bytes)
  return promise
}

/** The close code; undefined while it lives on after all that was sent. */
function sendAll(ws: WebSocket, messages: readonly Message[]): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const late = setTimeout(() => ws.terminate(), patienceMs)
  const onClose = (code: number): void => done(code)
  const onPong = (): void => done(undefined)
  const done = (code: number | undefined): void => {
    clearTimeout(late)
    ws.off('close', onClose).off('pong', onPong)
    resolve(code)
  }
  ws.on('close', onClose).on('pong', onPong)
  for (const { bytes, binary } of messages) ws.send(bytes, { binary })
  ws.ping()
  return promise
}

export type Speaker = { readonly port: number; readonly subprotocol: string; readonly hello: Buffer | string }

async function open({ port, subprotocol, hello }: Speaker, token: string): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/echo`, [subprotocol, `openclaw.bearer.${token}`], {
    perMessageDeflate: false,
  })
  ws.on('error', () => undefined)
  await new Promise((resolve, reject) => {
    ws.once('open', resolve)
    ws.once('error', reject)
  })
  if (hello.length > 0) ws.send(hello)
  return ws
}

/** Sends all of them over as many connections as it takes, and counts how those end. */
export async function sendMessages(
  speaker: Speaker,
  token: string,
  messages: readonly Message[],
  ends: Ends,
): Promise<void> {
  let ws: WebSocket | undefined
  for (let at = 0; at < messages.length; at += atATime) {
    ws ??= await open(speaker, token)
    const code = await sendAll(ws, messages.slice(at, at + atATime))
    if (code === undefined) continue
    count(ends, `${speaker.subprotocol} ${code}`)
    ws = undefined
  }
  ws?.close()
}

export const countEnd = count
