// The gateway's channels without Kafka: its listener, its sockets and its channels as it puts them together; records come from us.
import { Capacity } from '../../gateway/admission/capacity.ts'
import { createMemoryBroker } from '../../gateway/broker/memory.ts'
import { composeChannels } from '../../gateway/compose/channels.ts'
import { composePayloads } from '../../gateway/compose/payloads.ts'
import { loadConfig } from '../../gateway/config/load.ts'
import { Connection } from '../../gateway/connection/connection.ts'
import { envelopedDialect } from '../../gateway/connection/dialect.ts'
import { TimerWheel } from '../../gateway/connection/timer-wheel.ts'
import type { IncomingRecord } from '../../gateway/delivery/ports.ts'
import { createEvents } from '../../gateway/events.ts'
import { createLog } from '../../gateway/log.ts'
import { createMetrics } from '../../gateway/metrics.ts'
import { jsonCodec } from '../../gateway/protocol/json.ts'
import { createMemoryRegistry } from '../../gateway/registry/memory.ts'
import { createClientServer, listen } from '../../gateway/server/http.ts'
import { createUpgrade } from '../../gateway/server/upgrade.ts'
import type { LogRanges, RangeChunk } from '../../gateway/slots/ports.ts'
import { serveControl } from './control.ts'

const channel = 'room:1'
const loaded = loadConfig({
  env: {},
  overrides: {
    listen: { host: '127.0.0.1', port: 0 },
    session: { secrets: ['a secret of the load only'] },
    auth: { anonymous: true },
    channels: { 'room:{room}': { subscribe: true } },
  },
})
if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
const { config } = loaded

let next = 0
let onChunk: (chunk: RangeChunk) => void = () => undefined
const ranges: LogRanges = {
  ends: () => Promise.resolve({ start: 0, end: next }),
  partitions: () => Promise.resolve(1),
  read: () => Promise.resolve(),
  tail(_topic, _from, options) {
    onChunk = options.onChunk
    return new Promise((resolve) => options.signal.addEventListener('abort', () => resolve()))
  },
  lags: () => Promise.resolve(new Map()),
}

const events = createEvents(createLog({ level: 'warn', node: 'hub', cluster: 'load' }), createMetrics())
const wheel = new TimerWheel()
// Nobody counts members of this channel, and no record is written: registry and log are there to be named.
const { channels } = composeChannels({
  config,
  ranges,
  wheel,
  events,
  registry: createMemoryRegistry({ leaseTtlMs: config.delivery.leaseTtl, slots: config.delivery.slots }),
  internal: createMemoryBroker().publisher(),
  signal: new AbortController().signal,
  held: () => undefined,
  checkToken: () => Promise.resolve(undefined),
  payloads: composePayloads(config, events),
  quarantine: () => Promise.resolve(),
})
const principal = { tenant: '', user: 'listener', claims: {} }
const dialect = envelopedDialect(jsonCodec)
const admitted = { path: '/', codec: jsonCodec, echo: jsonCodec.subprotocol, principal }
const admit = () => Promise.resolve({ ok: true, admitted } as const)
const upgrade = createUpgrade({
  admit,
  capacity: new Capacity({ connections: 20_000, unauthenticated: 20_000 }),
  events,
  rejectBy: 'http',
  limits: config.limits,
  accept(socket, _admitted, seat) {
    const connection = new Connection(socket, dialect, '/', principal, config.limits, {
      onMessage: () => undefined,
      onClosed(closed) {
        channels.left(closed)
        seat.leave()
      },
    })
    channels.subscribe(connection, { kind: 'subscribe', id: 's', channel })
    return connection
  },
})
const server = createClientServer(
  { ...config.listen, maxSockets: 20_000, maxNewcomers: 20_000 },
  upgrade,
  admit,
)

const headers = { ce_to: Buffer.from(`channel:${channel}`), 'content-type': Buffer.from('application/json') }
let value = Buffer.alloc(0)
let burst = 1
const record = (): IncomingRecord => ({
  topic: config.topics.channels,
  partition: 0,
  offset: next++,
  timestamp: Date.now(),
  key: null,
  value,
  headers,
})

serveControl(await listen(server, '127.0.0.1', 0, ''), {
  set(order) {
    value = Buffer.from(order.payload)
    burst = order.burst
  },
  go() {
    const records = Array.from({ length: burst }, record)
    onChunk({ records, next, start: 0 })
  },
})
