// A broker in memory, for tests of what is built on one: same port, same promises, one process, nothing kept.
import type { Logs } from '../delivery/ports.ts'
import type { Publisher } from '../inbound/ports.ts'
import type { Broker } from './broker.ts'
import { sizeOf } from './entry.ts'
import { BrokerFailure } from './failure.ts'
import { MemoryLog } from './memory-log.ts'
import { createMemoryRanges } from './memory-ranges.ts'
import { MemorySharedReader } from './memory-shared-reader.ts'
import { MemorySlotReader } from './memory-slot-reader.ts'
import { Pressure } from './pressure.ts'

const defaultLimits = { count: 20_000, bytes: 64 * 1024 ** 2 }

const createMemoryPublisher = (log: MemoryLog, limits: { count: number; bytes: number }): Publisher => {
  const pressure = new Pressure(limits)
  return {
    publish(record, onOutcome) {
      const size = sizeOf(record)
      if (!pressure.enter(size)) return false
      setImmediate(() => {
        const outcome = log.append(record)
        pressure.leave(size)
        onOutcome(outcome)
      })
      return true
    },
    get pressed() {
      return pressure.pressed
    },
    onPressed: (listener) => pressure.onChange(listener),
    healthy: true,
    get depth() {
      return { count: pressure.count, bytes: pressure.bytes }
    },
  }
}

const createMemoryLogs = (log: MemoryLog): Logs => {
  const holders = new Map<string, MemorySlotReader>()
  const groups = new Map<string, MemorySharedReader[]>()
  const deal = (topics: readonly string[], members: readonly MemorySharedReader[]) => {
    const places = topics.flatMap((topic) =>
      Array.from({ length: log.partitions(topic) ?? 0 }, (_, partition) => [topic, partition] as const),
    )
    for (const [index, member] of members.entries())
      member.assigned = places.filter((_, place) => place % members.length === index)
    log.wake()
  }
  return {
    async readSlot(options) {
      const before = holders.get(options.group)
      if (before && (await before.stillOwner()) === 'owner') {
        if (before.epoch > options.epoch) throw new BrokerFailure('fenced', 'another member has the slot')
        before.fence()
      }
      const reader = new MemorySlotReader(log, options)
      holders.set(options.group, reader)
      return reader
    },
    readShared(options) {
      const members = groups.get(options.group) ?? []
      groups.set(options.group, members)
      const reader = new MemorySharedReader(log, options, (left) => {
        members.splice(members.indexOf(left), 1)
        deal(options.topics, members)
      })
      members.push(reader)
      deal(options.topics, members)
      return Promise.resolve(reader)
    },
  }
}

/** A broker whose logs can be harmed, as the end of retention, transactions and operators do it. */
export type MemoryBroker = Broker & {
  /** Removes everything before `offset`. */
  truncate(topic: string, offset: number): void
  /** Adds `count` offsets that hold no record, as an aborted transaction does. */
  skip(topic: string, count: number): void
  /** Deletes the topic, with what groups committed there, and creates it anew. */
  recreate(topic: string): void
}

/** `limits` bound what one publisher holds. The nodes of one cluster share a `log`. */
export function createMemoryBroker(limits = defaultLimits, log = new MemoryLog()): MemoryBroker {
  return {
    publisher: () => Object.assign(createMemoryPublisher(log, limits), { restart: () => undefined }),
    answersFor: () => Promise.resolve(true),
    logs: createMemoryLogs(log),
    ranges: createMemoryRanges(log),
    truncate: (topic, offset) => log.truncate(topic, 0, offset),
    skip: (topic, count) => log.skip(topic, 0, count),
    recreate: (topic) => log.recreate(topic),
    topics: {
      describe: (names) =>
        Promise.resolve(
          names.flatMap((name) => {
            const partitions = log.partitions(name)
            return partitions === undefined ? [] : [{ name, partitions, replication: 1, configs: {} }]
          }),
        ),
      create(topics) {
        for (const { name, partitions } of topics) log.create(name, partitions)
        return Promise.resolve()
      },
    },
    connect: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}
