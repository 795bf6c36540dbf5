// The peer Socket.IO 4: one room, one emit for each message. The package is in a folder outside of ours, the second argument.
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { serveControl } from './control.ts'

/** As much of it as is used here. */
type Room = { emit(event: string, payload: unknown): void }
type SocketIo = {
  readonly Server: new (
    server: Server,
    options: object,
  ) => {
    on(event: 'connection', listener: (socket: { join(room: string): void }) => void): void
    to(room: string): Room
  }
}

const folder = process.argv[2] ?? '.'
const { Server: IoServer } = createRequire(join(folder, 'package.json'))('socket.io') as SocketIo
const server = createServer()
// No pings of its own while we measure; compression is off by default.
const io = new IoServer(server, { transports: ['websocket'], pingInterval: 3_600_000, serveClient: false })
io.on('connection', (socket) => socket.join('room'))

let payload: unknown
let burst = 1
server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () =>
  serveControl((server.address() as AddressInfo).port, {
    set(order) {
      payload = JSON.parse(order.payload)
      burst = order.burst
    },
    go() {
      for (let n = 0; n < burst; n++) io.to('room').emit('m', payload)
    },
  }),
)
