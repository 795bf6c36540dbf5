// The holder of a slot in a process of its own, to be frozen and thawed; it says on stdout what it reads and loses.
import { createBroker } from '../../../gateway/broker/broker.ts'
import type { SlotReader } from '../../../gateway/delivery/ports.ts'
import { kafkaConfig, silent } from './fixture.ts'

/** One line of its output. */
export type Said =
  | { readonly say: 'joined' }
  | { readonly say: 'read'; readonly from: number; readonly to: number }
  | { readonly say: 'lost'; readonly reason: string }

const leaseMs = 1_000
const say = (said: Said) => process.stdout.write(`${JSON.stringify(said)}\n`)

const [brokers = '', topic = '', epoch = ''] = process.argv.slice(2)
const broker = createBroker(kafkaConfig({ brokers: brokers.split(',') }), { log: silent })
let reader: SlotReader | undefined
let until = performance.now() + leaseMs
let settled: number | undefined

// As a node does while the registry is away: past its lease it asks Kafka.
const mayServe = async (): Promise<boolean> => {
  if (performance.now() < until || reader === undefined) return true
  const asked = performance.now()
  if ((await reader.stillOwner(2_000)) !== 'owner') return false
  until = asked + leaseMs
  return true
}

reader = await broker.logs.readSlot({
  topic,
  group: topic,
  epoch: Number(epoch),
  mayServe,
  onBatch: (records) => {
    const from = records[0]?.offset ?? 0
    settled = from + records.length
    say({ say: 'read', from, to: settled })
  },
  settledOffset: () => settled,
  onLost: (reason) => say({ say: 'lost', reason }),
  onGap: () => true,
})
say({ say: 'joined' })
