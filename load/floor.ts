// The floor: the least that can be called a gateway. No authentication, registry, schema, bound, ack or metric; one slot for ever.
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { openBroker, tellParent } from './room.ts'

const [slot = '', echo = '', sink = ''] = process.argv.slice(3)
const broker = openBroker('floor')
const publisher = broker.publisher()
const sockets = new Map<string, WebSocket>()
const text = { binary: false }
await broker.connect(new AbortController().signal)
await broker.logs.readSlot({
  topic: slot,
  group: slot,
  epoch: 1,
  mayServe: () => true,
  onBatch(records) {
    for (const { headers, value } of records) sockets.get(String(headers['session']))?.send(value ?? '', text)
  },
  settledOffset: () => undefined,
  onGap: () => true,
  onLost: () => process.exit(1),
})

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
let sessions = 0
server.on('connection', (ws, { url }) => {
  const session = `s-${++sessions}`
  const acks = url === '/acked'
  const topic = url === '/' ? echo : sink
  sockets.set(session, ws)
  ws.on('close', () => sockets.delete(session))
  ws.on('message', (value: Buffer) => {
    const { id } = JSON.parse(value.toString()) as { id: string }
    const headers = { session, request: id, ce_replyto: slot }
    publisher.publish({ topic, key: session, value, headers }, () => acks && ws.send(`{"id":"${id}"}`))
  })
})
server.on('listening', () => tellParent({ port: (server.address() as AddressInfo).port }))
