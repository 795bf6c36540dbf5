// Topics in memory: partitions that only grow, committed offsets of groups, and a way to hear that something came.
import type { IncomingRecord } from '../delivery/ports.ts'
import type { Publishable, PublishOutcome } from '../inbound/ports.ts'
import { partitionOf } from './partition.ts'

/** As Kafka's default. */
const maxRecordBytes = 1024 ** 2

export class MemoryLog {
  readonly #topics = new Map<string, IncomingRecord[][]>()
  readonly #committed = new Map<string, number>()
  readonly #waiting = new Set<() => void>()

  /** Number of partitions; undefined where there is no such topic. */
  partitions(topic: string): number | undefined {
    return this.#topics.get(topic)?.length
  }

  create(topic: string, partitions: number): void {
    if (!this.#topics.has(topic))
      this.#topics.set(
        topic,
        Array.from({ length: partitions }, () => []),
      )
  }

  append({ topic, key, partition, value, headers }: Publishable): PublishOutcome {
    const partitions = this.#topics.get(topic)
    const at = partition ?? partitionOf(key ?? '', partitions?.length ?? 1)
    const log = partitions?.[at]
    if (log === undefined) return { ok: false, failure: 'route-unavailable' }
    if (value !== null && value.length > maxRecordBytes) return { ok: false, failure: 'too-large' }
    const offset = log.length
    log.push({
      topic,
      partition: at,
      offset,
      timestamp: Date.now(),
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    })
    this.wake()
    return { ok: true, topic, partition: at, offset }
  }

  read(topic: string, partition: number, from: number, most: number): readonly IncomingRecord[] {
    return this.#topics.get(topic)?.[partition]?.slice(from, from + most) ?? []
  }

  end(topic: string, partition: number): number {
    return this.#topics.get(topic)?.[partition]?.length ?? 0
  }

  committed(group: string, topic: string, partition: number): number {
    return this.#committed.get(JSON.stringify([group, topic, partition])) ?? 0
  }

  commit(group: string, topic: string, partition: number, offset: number): void {
    this.#committed.set(JSON.stringify([group, topic, partition]), offset)
  }

  /** Resolves at the next append, at `wake`, or when `signal` is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal.addEventListener('abort', done)
    })
  }

  wake(): void {
    for (const done of this.#waiting) done()
  }
}
