// A process that asks for readers and a publisher where there is no Kafka, gives up, and has nothing left to do.
import { createBroker } from '../../../../gateway/broker/broker.ts'
import { kafkaConfig, silent } from '../fixture.ts'

const config = kafkaConfig({ brokers: ['127.0.0.1:1'], joinTimeout: 500, publishTimeout: 500 })
const broker = createBroker(config, { log: silent })
const slot = broker.logs.readSlot({
  topic: 't',
  group: 't',
  epoch: 1,
  mayServe: () => true,
  onBatch: () => {},
  settledOffset: () => undefined,
  onLost: () => {},
  onGap: () => true,
})
const shared = broker.logs.readShared({ topics: ['t'], group: 't', onBatch: () => Promise.resolve() })
const published = new Promise((resolve) => {
  broker.publisher().publish({ topic: 't', key: 'k', value: Buffer.from('v'), headers: {} }, resolve)
})
const results = await Promise.allSettled([slot, shared, published])
await broker.close(500)
process.stdout.write(`${results.map(({ status }) => status).join(' ')}\n`)
