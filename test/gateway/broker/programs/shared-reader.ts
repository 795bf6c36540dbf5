// A process that is a member of a shared group and says what it handled, for tests that kill it.
import { createBroker } from '../../../../gateway/broker/broker.ts'
import { kafkaConfig, silent } from '../fixture.ts'

const [brokers = '', topic = ''] = process.argv.slice(2)
const broker = createBroker(kafkaConfig({ brokers: brokers.split(',') }), { log: silent })
await broker.logs.readShared({
  topics: [topic],
  group: topic,
  onBatch: async (records) => {
    await Promise.resolve()
    for (const { value } of records) process.stdout.write(`${String(value)}\n`)
  },
})
process.stdout.write('joined\n')
