// Topics in memory: partitions with a beginning and an end, committed offsets of groups, and a way to hear that something came.
import type { IncomingRecord } from '../delivery/ports.ts'
import type { Publishable, PublishOutcome } from '../inbound/ports.ts'
import type { LogEnds } from '../slots/ports.ts'
import { partitionOf } from './partition.ts'

/** As Kafka's default. */
const maxRecordBytes = 1024 ** 2

/** Offsets without a record are those of the ends of transactions, and of what was aborted. */
type Partition = { start: number; end: number; records: IncomingRecord[] }

const emptyPartition = (): Partition => ({ start: 0, end: 0, records: [] })

/** Index of the first record that is not before `offset`. */
const indexOf = (records: readonly IncomingRecord[], offset: number): number => {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((records[middle] as IncomingRecord).offset < offset) low = middle + 1
    else high = middle
  }
  return low
}

export class MemoryLog {
  readonly #topics = new Map<string, Partition[]>()
  readonly #committed = new Map<string, number>()
  readonly #waiting = new Set<() => void>()

  /** Number of partitions; undefined where there is no such topic. */
  partitions(topic: string): number | undefined {
    return this.#topics.get(topic)?.length
  }

  create(topic: string, partitions: number): void {
    if (!this.#topics.has(topic)) this.#topics.set(topic, Array.from({ length: partitions }, emptyPartition))
  }

  append({ topic, key, partition, value, headers }: Publishable): PublishOutcome {
    const partitions = this.#topics.get(topic)
    const at = partition ?? partitionOf(key ?? '', partitions?.length ?? 1)
    const log = partitions?.[at]
    if (log === undefined) return { ok: false, failure: 'route-unavailable' }
    if (value !== null && value.length > maxRecordBytes) return { ok: false, failure: 'too-large' }
    const offset = log.end++
    log.records.push({
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

  /** At most `most` records from offset `from` on, up to and without `to`, and the offset behind what was looked at. */
  read(
    topic: string,
    partition: number,
    from: number,
    most: number,
    to = Number.POSITIVE_INFINITY,
  ): { readonly records: readonly IncomingRecord[]; readonly next: number } {
    const { records: all, end } = this.#topics.get(topic)?.[partition] ?? emptyPartition()
    const first = indexOf(all, from)
    const records = all.slice(first, Math.min(first + most, indexOf(all, to)))
    const following = all[first + records.length]
    const isFull = records.length === most && following !== undefined
    return { records, next: Math.max(from, Math.min(isFull ? following.offset : end, to)) }
  }

  /** Undefined where there is no such partition. */
  ends(topic: string, partition: number): LogEnds | undefined {
    const log = this.#topics.get(topic)?.[partition]
    return log && { start: log.start, end: log.end }
  }

  end(topic: string, partition: number): number {
    return this.ends(topic, partition)?.end ?? 0
  }

  /** Offsets that hold no record, as an aborted transaction leaves them. */
  skip(topic: string, partition: number, count: number): void {
    const log = this.#topics.get(topic)?.[partition]
    if (log) log.end += count
    this.wake()
  }

  /** Removes everything before `offset`, as the end of retention does. */
  truncate(topic: string, partition: number, offset: number): void {
    const log = this.#topics.get(topic)?.[partition]
    if (!log) return
    log.start = Math.max(log.start, Math.min(offset, log.end))
    log.records.splice(0, indexOf(log.records, log.start))
    this.wake()
  }

  /** The same topic, new and empty; what groups had committed is gone with the old one. */
  recreate(topic: string): void {
    const partitions = this.#topics.get(topic) ?? []
    this.#topics.set(topic, partitions.map(emptyPartition))
    for (const place of this.#committed.keys())
      if ((JSON.parse(place) as string[])[1] === topic) this.#committed.delete(place)
    this.wake()
  }

  committed(group: string, topic: string, partition: number): number | undefined {
    return this.#committed.get(JSON.stringify([group, topic, partition]))
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
