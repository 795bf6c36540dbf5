// The backend of a round trip: sends every record back to where its `ce_replyto` says, headers copied. One process serves floor and gateway.
import { createKafka } from '../gateway/broker/client.ts'
import { toRecord } from '../gateway/broker/record.ts'
import type { IncomingRecord } from '../gateway/delivery/ports.ts'
import { kafkaConfig, log, openBroker, tellParent } from './room.ts'

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
// It commits nothing: a commit for each batch would cost Kafka more than the messages do.
const kafka = createKafka(kafkaConfig('backend'), { log: log('backend') })
const consumer = kafka.consumer({ groupId: 'load-backend', maxWaitTimeInMs: 500, minBytes: 1 })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
consumer.on('consumer.group_join', () => tellParent({ ready: true }))
await consumer.run({
  autoCommit: false,
  eachBatch: ({ batch }) => {
    for (const message of batch.messages) reply(toRecord(batch.topic, batch.partition, message))
    return Promise.resolve()
  },
})
