// The clients of a pass: plain WebSockets that send numbered frames and tell which number was answered.
import { WebSocket } from 'ws'
import type { PassOrder } from './pass.ts'

export type Clients = {
  send(message: number): void
  /** Connections that ended by themselves so far. */
  readonly closed: number
  /** Closes all, after what was sent has been read; resolves within a few seconds. */
  close(): Promise<void>
}

export type OnAnswer = {
  answered(message: number): void
  refused(): void
}

type Frames = { readonly before: string; readonly after: string }

/** Every frame is `before`, its number, `after`: so that making one costs next to nothing. */
const framesOf = ({ speaks, answer, size }: PassOrder): Frames => {
  const empty = JSON.stringify({ text: '' }).length
  const payload = JSON.stringify({ text: 'x'.repeat(Math.max(0, size - empty)) })
  // Ids begin with a letter: V8 hashes numbers so plainly that every 200th would meet in one place of a map.
  if (speaks === 'floor') return { before: '{"id":"m', after: `","payload":${payload}}` }
  const [kind, route] = answer === 'reply' ? ['request', 'echo'] : ['publish', 'sink']
  return { before: `{"${kind}":{"id":"m`, after: `","route":"${route}","payload":${payload}}}` }
}

const idMark = Buffer.from('"id":"m')

/** The number behind the first `"id":"m`; -1 if there is none. */
const numberIn = (data: Buffer): number => {
  const at = data.indexOf(idMark)
  if (at < 0) return -1
  let number = 0
  for (let i = at + idMark.length; i < data.length; i++) {
    const digit = (data[i] as number) - 0x30
    if (digit < 0 || digit > 9) break
    number = number * 10 + digit
  }
  return number
}

const starts = (data: Buffer, text: string): boolean => data.toString('latin1', 0, text.length) === text

const openOne = (order: PassOrder, token: string | undefined): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const protocols = order.speaks === 'gateway' ? ['openclaw.v1.json'] : []
    const ws = new WebSocket(order.url, protocols, { perMessageDeflate: false, skipUTF8Validation: true })
    ws.once('error', reject)
    ws.once('close', (code) => reject(new Error(`a connection was closed with ${code}`)))
    ws.once('open', () => {
      if (order.speaks === 'floor') resolve(ws)
      else ws.send(JSON.stringify({ hello: { token } }))
    })
    if (order.speaks === 'gateway') ws.once('message', () => resolve(ws))
  })

const closePatienceMs = 3_000

const closeOne = (ws: WebSocket): Promise<void> =>
  new Promise((resolve) => {
    if (ws.readyState === WebSocket.CLOSED) return resolve()
    const late = setTimeout(() => ws.terminate(), closePatienceMs)
    ws.once('close', () => {
      clearTimeout(late)
      resolve()
    })
    ws.close(1000)
  })

/** Opens every connection; for the gateway with a token and as far as `welcome`. */
export const openClients = async (order: PassOrder, on: OnAnswer): Promise<Clients> => {
  const { before, after } = framesOf(order)
  const all = Array.from({ length: order.connections }, (_, i) => openOne(order, order.tokens[i]))
  const sockets = await Promise.all(all)
  let closed = 0
  let closing = false
  for (const ws of sockets) {
    ws.removeAllListeners('close')
    ws.on('close', () => {
      if (!closing) closed++
    })
    ws.on('message', (data: Buffer) => {
      if (starts(data, '{"heartbeat"')) return
      if (starts(data, '{"refusal"')) on.refused()
      else on.answered(numberIn(data))
    })
  }
  return {
    send(message) {
      sockets[message % sockets.length]?.send(`${before}${message}${after}`)
    },
    get closed() {
      return closed
    },
    async close() {
      closing = true
      await Promise.all(sockets.map(closeOne))
    },
  }
}
