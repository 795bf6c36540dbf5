// The backend of a round trip: sends every record back to where its `ce_replyto` says, headers copied. One process serves floor and gateway.
import type { IncomingRecord } from '../gateway/delivery/ports.ts'
import { openBroker, tellParent } from './room.ts'

const [topic = ''] = process.argv.slice(3)
const broker = openBroker('backend')
const publisher = broker.publisher()

const reply = ({ key, value, headers }: IncomingRecord): void => {
  const copied: Record<string, string> = {}
  for (const name in headers) copied[name] = String(headers[name])
  const record = { key: String(key), value: value ?? Buffer.alloc(0), headers: copied }
  const taken = publisher.publish({ topic: copied['ce_replyto'] ?? '', ...record }, (outcome) => {
    if (!outcome.ok) console.error(`backend: a reply was not sent: ${outcome.failure}`)
  })
  if (!taken) console.error('backend: a reply was not sent: the queue is full')
}

await broker.connect(new AbortController().signal)
await broker.logs.readShared({
  topics: [topic],
  group: 'load-backend',
  onBatch(records) {
    for (const record of records) reply(record)
    return Promise.resolve()
  },
})
tellParent({ ready: true })
