// One slot's log in memory and what sweeps it; readings can be held up, and are noted.
import { createMemoryBroker } from '../../../gateway/broker/memory.ts'
import { recordHash } from '../../../gateway/session/position.ts'
import { type SlotControl, toControl } from '../../../gateway/slots/control-records.ts'
import type { LogRanges } from '../../../gateway/slots/ports.ts'
import { createSweeper, type SweeperDeps } from '../../../gateway/slots/sweeper.ts'
import { waitFor } from '../../support/wait.ts'

const secret = 'a secret of this test'

export async function sweptLog(changes: Partial<SweeperDeps> = {}) {
  const broker = createMemoryBroker()
  await broker.topics.create([
    { name: 'slot.0', partitions: 1, replication: 1, configs: {}, purpose: 'slot' },
  ])
  const publisher = broker.publisher()
  const readings: string[] = []
  const gate: { open: Promise<unknown> } = { open: Promise.resolve() }
  const ranges: LogRanges = {
    ...broker.ranges,
    async read(topic, from, to, options) {
      readings.push(`${from}-${to}`)
      await gate.open
      return broker.ranges.read(topic, from, to, options)
    },
  }
  const sweeper = createSweeper({
    ranges,
    read: { from: 'slot', maxTargets: 3, secrets: [secret] },
    slotTopic: 'slot.',
    signal: new AbortController().signal,
    timeoutMs: 500,
    maxBytes: 10_000,
    maxBytesOfAll: 15_000,
    ...changes,
  })
  const send = (headers: Record<string, string>, value: string): void => {
    const record = { topic: 'slot.0', key: null, partition: 0, value: Buffer.from(value), headers }
    publisher.publish(record, () => undefined)
  }
  return {
    broker,
    sweeper,
    readings,
    gate,
    to: (session: string, value: string, headers = {}) =>
      send({ ce_to: `session:${session}`, ...headers }, value),
    send,
    control: (control: SlotControl) =>
      publisher.publish(toControl(control, 'slot.0', secret), () => undefined),
    written: (count: number) => waitFor(async () => (await broker.ranges.ends('slot.0', 100)).end === count),
    async hashOf(offset: number): Promise<number> {
      let hash = -1
      await broker.ranges.read('slot.0', offset, offset + 1, {
        timeoutMs: 100,
        signal: new AbortController().signal,
        onChunk: ({ records: [record] }) => {
          if (record !== undefined) hash = recordHash(record.timestamp, record.value)
        },
      })
      return hash
    },
  }
}
