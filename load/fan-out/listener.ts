// One connection that listens: a bare socket, a handshake, the greeting of its side, and then nothing but counting.
import { connect } from 'node:net'
import { clientFrame, FrameCounter } from './frame-counter.ts'
import { type Greeting, tokenPlace } from './notes.ts'

export type Listener = {
  readonly messages: number
  readonly closed: boolean
  reset(): void
  /** Sends a close frame; resolves once the connection is gone. */
  close(): Promise<void>
}

const host = '127.0.0.1'
const endOfHead = '\r\n\r\n'
const closePatienceMs = 3_000

const opcodes = { close: 8, ping: 9, pong: 10 } as const

const upgrade = ({ path, subprotocol }: Greeting, port: number): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: bGlzdGVuaW5nIGluIHN1bQ==',
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ].join('\r\n') + endOfHead

/** All connections of this process read into one buffer: what is in it is counted before the next one reads. */
const buffer = Buffer.allocUnsafe(64 * 1024)

/** Resolves when the greeting was answered; rejects with what the server said in its place. */
export const openListener = (
  port: number,
  greeting: Greeting,
  token: string | undefined,
  onMessages: (count: number) => void,
): Promise<Listener> => {
  const { promise, resolve, reject } = Promise.withResolvers<Listener>()
  const steps = greeting.steps.map((step) => step.replace(tokenPlace, token ?? ''))
  let head: string | undefined = ''
  let closed = false

  const nextStep = (): void => {
    const step = steps.shift()
    if (step === undefined) {
      counter.looks = false
      resolve(listener)
    } else if (step !== '') socket.write(clientFrame(step))
  }
  const counter = new FrameCounter((opcode, text) => {
    if (opcode === opcodes.ping) socket.write(clientFrame(text, opcodes.pong))
    else if (opcode === opcodes.close) fail(`the server closed: ${text.slice(2)}`)
    else if (!counter.looks) {
      // Engine.IO's ping, which is a message of one character.
      if (text === '2') socket.write(clientFrame('3'))
    } else if (text.startsWith('{"refusal"') || text.includes('"error"')) fail(text)
    else nextStep()
  })
  const take = (bytes: number): void => {
    let at = 0
    if (head !== undefined) {
      const before = head.length
      head += buffer.toString('latin1', 0, bytes)
      const end = head.indexOf(endOfHead)
      if (end < 0) return
      if (!head.startsWith('HTTP/1.1 101')) return fail(head.slice(0, 200))
      at = end + endOfHead.length - before
      head = undefined
      nextStep()
    }
    const had = counter.messages
    counter.read(buffer, at, bytes)
    if (counter.messages > had) onMessages(counter.messages - had)
  }
  const fail = (reason: string): void => {
    closed = true
    socket.destroy()
    reject(new Error(reason))
  }
  const socket = connect({
    host,
    port,
    noDelay: true,
    onread: {
      buffer,
      callback(bytes) {
        take(bytes)
        return true
      },
    },
  })
  const gone = new Promise<void>((done) => socket.once('close', () => done()))
  socket.on('connect', () => socket.write(upgrade(greeting, port)))
  socket.on('error', (failure) => fail(String(failure)))
  socket.on('close', () => fail('the connection ended'))

  const listener: Listener = {
    get messages() {
      return counter.messages
    },
    get closed() {
      return closed
    },
    reset: () => void (counter.messages = 0),
    async close() {
      if (closed) return
      socket.write(clientFrame('\x03\xe8', opcodes.close))
      const late = setTimeout(() => socket.destroy(), closePatienceMs)
      await gone
      clearTimeout(late)
    },
  }
  return promise
}
