// How a server of the fan-out is told what to send and when: lines over a socket, alike for servers in any language.
import { createConnection, createServer, type Socket } from 'node:net'
import type { Order } from './notes.ts'

/** Where a server takes listeners and orders; its first line on stdout. */
export type Ports = { readonly port: number; readonly control: number }

export const portsIn = (line: string): Ports | undefined =>
  line.startsWith('{"port":') ? (JSON.parse(line) as Ports) : undefined

export type Served = {
  set(order: Order): void
  /** Sends one burst to every listener. */
  go(): void
}

/** Takes orders on a port of its own and says so on stdout. `port` is where listeners are taken. */
export const serveControl = (port: number, served: Served): void => {
  const server = createServer({ noDelay: true }, (socket) => {
    let rest = ''
    socket.on('data', (bytes) => {
      rest += bytes.toString()
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line === 'go') served.go()
        else {
          served.set(JSON.parse(line) as Order)
          socket.write('ok\n')
        }
      }
    })
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1', () => {
    const control = (server.address() as { port: number }).port
    console.log(JSON.stringify({ port, control } satisfies Ports))
  })
  // An exit in order, so that a CPU profile is written.
  for (const end of ['disconnect', 'SIGTERM'] as const) process.on(end, () => process.exit())
}

export type Control = { set(order: Order): Promise<void>; go(): void; close(): void }

/** The other end. */
export const openControl = async (port: number): Promise<Control> => {
  const socket: Socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
  let answered = Promise.withResolvers<void>()
  socket.on('connect', () => answered.resolve())
  socket.on('data', () => answered.resolve())
  socket.on('error', (failure) => answered.reject(failure))
  await answered.promise
  return {
    async set(order) {
      answered = Promise.withResolvers()
      socket.write(`${JSON.stringify(order)}\n`)
      await answered.promise
    },
    go: () => void socket.write('go\n'),
    close: () => void socket.destroy(),
  }
}
