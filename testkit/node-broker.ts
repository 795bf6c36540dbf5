// The broker in memory as one node has it: it stands still with all others, and forgets the node when that dies.
import type { Broker } from '../gateway/broker/broker.ts'
import type { SharedReader } from '../gateway/delivery/ports.ts'
import type { Publishable, Publisher, PublishOutcome } from '../gateway/inbound/ports.ts'
import type { Faults } from './faults.ts'

type Waiting = { readonly record: Publishable; readonly onOutcome: (outcome: PublishOutcome) => void }
type NodePublisher = Publisher & { restart(): void }

export type NodeBroker = {
  readonly broker: Broker
  /** As by kill -9: nothing that is not stored will be, and nothing is read any more. */
  die(): void
}

/** Publisher of frames of clients, the first that a node makes: only their acks are lost. */
const ofClients = 1

export function createNodeBroker(inner: Broker, faults: Faults): NodeBroker {
  const readers = new Set<SharedReader>()
  let publishers = 0
  let dead = false
  const never = new Promise<never>(() => undefined)

  const wrap = (publisher: NodePublisher, losesAcks: boolean): NodePublisher => {
    const waiting: Waiting[] = []
    let flushing = false
    const told =
      ({ onOutcome }: Waiting) =>
      (outcome: PublishOutcome): void => {
        if (dead) return
        const lost = losesAcks && outcome.ok && faults.takeLoss()
        onOutcome(lost ? { ok: false, failure: 'outcome-unknown' } : outcome)
      }
    const flush = async (): Promise<void> => {
      flushing = true
      while (faults.stalled) await faults.stalled
      for (const each of waiting.splice(0))
        if (!dead && !publisher.publish(each.record, told(each)))
          each.onOutcome({ ok: false, failure: 'broker-unavailable' })
      flushing = false
    }
    return {
      publish(record, onOutcome) {
        if (dead) return true
        const each = { record, onOutcome }
        if (!faults.stalled && !flushing) return publisher.publish(record, told(each))
        waiting.push(each)
        if (!flushing) void flush()
        return true
      },
      get pressed() {
        return publisher.pressed
      },
      onPressed: (listener) => publisher.onPressed(listener),
      get healthy() {
        return publisher.healthy
      },
      get depth() {
        const { count, bytes } = publisher.depth
        return { count: count + waiting.length, bytes }
      },
      restart: () => publisher.restart(),
    }
  }

  const broker: Broker = {
    ...inner,
    publisher() {
      publishers += 1
      return wrap(inner.publisher(), publishers === ofClients)
    },
    logs: {
      readSlot: (options) =>
        inner.logs.readSlot({
          ...options,
          mayServe: () => !dead && options.mayServe(),
          onBatch: (records) => (dead ? undefined : options.onBatch(records)),
          onLost: (reason) => {
            if (!dead) options.onLost(reason)
          },
        }),
      async readShared(options) {
        const reader = await inner.logs.readShared({
          ...options,
          // What a dead node has in hand is never committed.
          onBatch: async (records, signal) => {
            await (dead ? never : options.onBatch(records, signal))
            if (dead) await never
          },
        })
        readers.add(reader)
        return reader
      },
    },
    close: (timeoutMs) => (dead ? Promise.resolve() : inner.close(timeoutMs)),
  }
  return {
    broker,
    die() {
      dead = true
      for (const reader of readers) void reader.stop(0)
    },
  }
}
