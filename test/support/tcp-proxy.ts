// A TCP proxy in front of a server that fails over: old connections hang, new ones go to another server.
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { onEnd } from './cleanup.ts'

export type TcpProxy = {
  readonly port: number
  /** From now on old connections stay open and nothing comes through them; new ones go to `port`. */
  failOver(port: number): void
  /** Ends the connections that hang. */
  cutOld(): void
}

/** In front of the server on this machine at `port`; it ends with `t`. */
export async function tcpProxy(t: TestContext, port: number): Promise<TcpProxy> {
  let target = port
  const sockets = new Set<Socket>()
  let old = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: target, noDelay: true })
    client.setNoDelay(true)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.on('data', (bytes) => {
        if (!old.has(socket)) other.write(bytes)
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onEnd(t, () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    failOver(other) {
      target = other
      old = new Set(sockets)
    },
    cutOld() {
      for (const socket of old) socket.destroy()
    },
  }
}
