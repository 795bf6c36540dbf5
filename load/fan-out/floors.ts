// The floors: the least that sends one message to many sockets. No sessions, no positions, no limits, nobody looks who is slow.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { joinFrames } from '../../gateway/protocol/ws-frame.ts'
import { type Served, serveControl } from './control.ts'

const listeners: { ws: WebSocket; socket: Duplex }[] = []
let message: Buffer = Buffer.alloc(0)
let framed: Buffer = Buffer.alloc(0)
let joined: Buffer = Buffer.alloc(0)
let burst = 1

const ways: Readonly<Record<string, () => void>> = {
  /** What most servers in Node do. */
  'ws.send'() {
    for (let n = 0; n < burst; n++) for (const { ws } of listeners) ws.send(message, { binary: false })
  },
  /** The frame is made once. */
  'socket.write'() {
    for (let n = 0; n < burst; n++) for (const { socket } of listeners) socket.write(framed)
  },
  /** The frames of a burst are joined once. */
  joined() {
    for (const { socket } of listeners) socket.write(joined)
  },
}

const served: Served = {
  set(order) {
    burst = order.burst
    message = Buffer.from(order.frame)
    const one = { bytes: message, binary: false }
    framed = joinFrames([one])
    joined = joinFrames(Array.from({ length: burst }, () => one))
  },
  go: ways[process.argv[2] ?? ''] ?? (() => process.exit(1)),
}

const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false })
const server = createServer()
server.on('upgrade', (request, socket, head) => {
  wss.handleUpgrade(request, socket, head, (ws) => {
    const listener = { ws, socket }
    listeners.push(listener)
    ws.on('error', () => undefined)
    ws.on('close', () => listeners.splice(listeners.indexOf(listener), 1))
  })
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () =>
  serveControl((server.address() as AddressInfo).port, served),
)
