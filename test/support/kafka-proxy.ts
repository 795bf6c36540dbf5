// A TCP proxy in front of a Kafka that can turn into a black hole, swallow answers, and show what was asked.
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { onEnd } from './cleanup.ts'

/** Kafka's numbers for its requests, those that tests look at. */
export const apis = { produce: 0, fetch: 1, metadata: 3, offsetCommit: 8, heartbeat: 12 } as const

export type Asked = {
  readonly api: number
  /** The request behind its header: the same bytes for the same request, whoever sent it and when. */
  readonly body: Buffer
}

export type KafkaProxy = {
  /** Clients that begin here stay here: addresses in answers are those of the proxy. */
  readonly brokers: readonly string[]
  /** Every request so far. */
  readonly asked: readonly Asked[]
  /** Connections stay open and new ones are taken, but nothing goes through. */
  freeze(): void
  /** What was held back goes through. */
  thaw(): void
  /**
   * Swallows the next `count` answers to `api`, or to those of its requests that have `naming` in them; the connection is
   * then cut, or left waiting.
   */
  loseAnswers(api: number, count: number, then: 'cut' | 'wait', naming?: string): void
  readonly lost: number
}

/** Cuts a stream into Kafka's frames, each with its four bytes of length. */
function framesOf(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      onFrame(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }
}

/** Starts a proxy in front of the one broker at `target`; it ends with `t`. */
export async function kafkaProxy(t: TestContext, [target = '']: readonly string[]): Promise<KafkaProxy> {
  const [host = '', targetPort = ''] = target.split(':')
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  const asked: Asked[] = []
  let isFrozen = false
  let losing = { api: -1, count: 0, cut: false, naming: '' }
  let lost = 0
  let port = 0
  const pass = (socket: Socket, bytes: Buffer) => {
    const write = () => void socket.write(bytes)
    if (isFrozen) held.push(write)
    else write()
  }
  const addressOf = (number: number): Buffer => {
    const bytes = Buffer.alloc(6 + host.length)
    bytes.writeInt16BE(host.length)
    bytes.write(host, 2)
    bytes.writeInt32BE(number, 2 + host.length)
    return bytes
  }
  const toProxy = (frame: Buffer): Buffer => {
    const theirs = addressOf(Number(targetPort))
    for (let at = frame.indexOf(theirs); at >= 0; at = frame.indexOf(theirs, at + 1))
      addressOf(port).copy(frame, at)
    return frame
  }
  const server = createServer((client) => {
    const upstream = connect({ host, port: Number(targetPort), noDelay: true })
    const waiting = new Map<number, Buffer>()
    client.setNoDelay(true)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        if (!isFrozen) other.destroy()
      })
    }
    client.on(
      'data',
      framesOf((frame) => {
        const api = frame.readInt16BE(4)
        waiting.set(frame.readInt32BE(8), frame)
        asked.push({ api, body: Buffer.from(frame.subarray(14 + Math.max(0, frame.readInt16BE(12)))) })
        pass(upstream, frame)
      }),
    )
    upstream.on(
      'data',
      framesOf((frame) => {
        const request = waiting.get(frame.readInt32BE(4))
        waiting.delete(frame.readInt32BE(4))
        const isMeant = request?.readInt16BE(4) === losing.api && request.includes(losing.naming)
        if (!isMeant || losing.count === 0) return pass(client, toProxy(frame))
        losing.count--
        lost++
        if (losing.cut) client.destroy()
      }),
    )
  })
  port = await listening(server)
  onEnd(t, () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    brokers: [`127.0.0.1:${port}`],
    asked,
    freeze() {
      isFrozen = true
    },
    thaw() {
      isFrozen = false
      for (const write of held.splice(0)) write()
    },
    loseAnswers(api, count, then, naming = '') {
      losing = { api, count, cut: then === 'cut', naming }
    },
    get lost() {
      return lost
    },
  }
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
