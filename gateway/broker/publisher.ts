// The port through which records leave: takes them, spreads them over lanes, and says how full and how healthy it is.
import { performance } from 'node:perf_hooks'
import type { Publishable, Publisher, PublishOutcome } from '../inbound/ports.ts'
import { sizeOf } from './entry.ts'
import { Lane } from './lane.ts'
import { murmur2 } from './partition.ts'
import { Pressure } from './pressure.ts'
import { createSettle } from './settle.ts'
import type { WireOptions } from './wire.ts'

/** A publisher with its lifetime. */
export type OwnedPublisher = Publisher & {
  /** Connects every lane ahead of the first record. Rejects with `BrokerFailure`. */
  connect(): Promise<void>
  /** Gives up every connection; what is in flight is sent again on new ones. */
  restart(): void
  /** Takes nothing more, waits up to `timeoutMs` for what it has, then settles the rest and disconnects. */
  close(timeoutMs: number): Promise<void>
}

const laneOf = ({ topic, key, partition }: Publishable, lanes: number): number =>
  lanes === 1 ? 0 : ((murmur2(topic) ^ murmur2(key ?? String(partition))) >>> 1) % lanes

/** Opens nothing until `connect` or the first record. */
export const createPublisher = (options: WireOptions): OwnedPublisher => {
  const { config, log } = options
  const pressure = new Pressure({ count: config.maxQueue, bytes: config.maxQueueBytes })
  let closed: Promise<void> | undefined
  let onEmpty: (() => void) | undefined
  const settle = createSettle(({ size }) => {
    pressure.leave(size)
    if (pressure.count === 0) onEmpty?.()
  }, log)
  const lanes = Array.from({ length: config.lanes }, () => new Lane(options, settle))

  const close = async (timeoutMs: number) => {
    if (pressure.count > 0)
      await new Promise<void>((resolve) => {
        onEmpty = resolve
        setTimeout(resolve, timeoutMs).unref()
      })
    for (const lane of lanes) lane.close()
  }

  return {
    publish(record: Publishable, onOutcome: (outcome: PublishOutcome) => void) {
      if (record.key === null && record.partition === undefined)
        throw new TypeError('a record has a key or a partition')
      const size = sizeOf(record)
      if (closed !== undefined || !pressure.enter(size)) return false
      const deadline = performance.now() + config.publishTimeout
      lanes[laneOf(record, lanes.length)]?.push({ record, onOutcome, deadline, size, settled: false })
      return true
    },
    get pressed() {
      return pressure.pressed
    },
    onPressed: (listener) => pressure.onChange(listener),
    get healthy() {
      return lanes.every((lane) => lane.healthy)
    },
    get depth() {
      return { count: pressure.count, bytes: pressure.bytes }
    },
    connect: async () => {
      await Promise.all(lanes.map((lane) => lane.connect()))
    },
    restart() {
      for (const lane of lanes) lane.restart()
    },
    close: (timeoutMs) => {
      closed ??= close(timeoutMs)
      return closed
    },
  }
}
