// The log in memory as the backend kit sees it: groups that share partitions, committed offsets, transactions, in one process.
import type { Outgoing, Place } from '../consumers/kit/record.ts'
import type { Reading, Transport } from '../consumers/kit/transport.ts'
import { aborted } from '../consumers/kit/within.ts'
import type { MemoryLog } from '../gateway/broker/memory-log.ts'
import type { Faults } from './faults.ts'
import { Groups } from './groups.ts'
import { append, toArrival } from './records.ts'

export function createMemoryTransport(log: MemoryLog, faults: Faults): Transport {
  const groups = new Groups(log)
  const store = async (records: readonly Outgoing[]): Promise<readonly Place[]> => {
    await new Promise(setImmediate)
    while (faults.stalled) await faults.stalled
    return records.map((record) => append(log, record))
  }
  return {
    sender() {
      let last: Promise<unknown> = Promise.resolve()
      let closed = false
      return {
        get away() {
          return faults.stalled !== undefined
        },
        send(record) {
          if (closed) return Promise.reject(new Error('the backend has stopped'))
          const sending = last.then(() => store([record]))
          last = sending.catch(() => undefined)
          return sending.then(([place]) => place as Place)
        },
        async close() {
          await last
          closed = true
          return true
        },
      }
    },
    async read(reading: Reading) {
      const ended = groups.join(reading)
      await new Promise(setImmediate)
      return { ended }
    },
    ledger: (group, { topic, partition }) => ({
      open: () => Promise.resolve(log.committed(group, topic, partition)),
      async commit(records, next) {
        await store(records)
        log.commit(group, topic, partition, next)
      },
      close: () => Promise.resolve(),
    }),
    tail(topic, { signal, onRecord }) {
      log.create(topic, 1)
      const places = Array.from({ length: log.partitions(topic) ?? 1 }, (_, partition) => ({
        partition,
        next: log.end(topic, partition),
      }))
      const run = async (): Promise<void> => {
        while (!signal.aborted) {
          for (const place of places) {
            const { records, next } = log.read(topic, place.partition, place.next, 500)
            place.next = next
            for (const record of records) onRecord(toArrival(record))
          }
          await Promise.race([log.changed(signal), aborted(signal)])
        }
      }
      void run()
      return Promise.resolve()
    },
  }
}
