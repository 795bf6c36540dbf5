// A process that reads a slot and says what it read and what became of it, for tests that kill or freeze it.
import { createBroker } from '../../../../gateway/broker/broker.ts'
import { kafkaConfig, silent } from '../fixture.ts'

const [brokers = '', topic = '', epoch = ''] = process.argv.slice(2)
const say = (what: object) => void process.stdout.write(`${JSON.stringify(what)}\n`)

const broker = createBroker(kafkaConfig({ brokers: brokers.split(',') }), { log: silent })
let next: number | undefined
await broker.logs.readSlot({
  topic,
  group: topic,
  epoch: Number(epoch),
  mayServe: () => true,
  onBatch: (records) => {
    for (const { offset } of records) {
      next = offset + 1
      say({ read: offset })
    }
  },
  // Grows at every question: whatever Kafka would take of this process, it would see.
  settledOffset: () => next,
  onLost: (reason) => say({ lost: reason }),
  onGap: () => true,
})
say({ joined: true })
// A node lives on when it has lost a slot.
setInterval(() => {}, 1_000)
