// A topic of any number of partitions as one log: with one it is that, with several they are told as they come, numbered anew.
import type { LogEnds, LogRanges, RangeChunk } from '../slots/ports.ts'

/** Milliseconds between looks for partitions that were added. */
const lookEvery = 60_000
const lookMs = 5_000

/** All partitions from now on as one log that nobody else has: its offsets mean nothing on another node, or later. */
class Merged {
  readonly #ranges: LogRanges
  readonly #topic: string
  /** Where each partition is read on. */
  readonly #expected: number[]
  /** No other node has offsets near these, nor has this one at another time: so no position is taken for another log's. */
  readonly #start = Date.now() * 1_000
  #next = this.#start

  constructor(ranges: LogRanges, topic: string, ends: readonly number[]) {
    this.#ranges = ranges
    this.#topic = topic
    this.#expected = [...ends]
  }

  get ends(): LogEnds {
    return { start: this.#start, end: this.#next }
  }

  async tail(signal: AbortSignal, onChunk: (chunk: RangeChunk) => void): Promise<void> {
    const reading = new Map<number, Promise<void>>()
    const readAll = (): void => {
      for (const partition of this.#expected.keys())
        if (!reading.has(partition)) reading.set(partition, this.#read(partition, signal, onChunk))
    }
    readAll()
    const look = setInterval(() => {
      const found = this.#ranges.partitions(this.#topic, lookMs)
      // What is in a partition that was added came after this log began.
      const add = (count: number): void => {
        while (this.#expected.length < count) this.#expected.push(0)
        if (!signal.aborted) readAll()
      }
      found.then(add, () => undefined)
    }, lookEvery)
    try {
      await Promise.all(reading.values())
    } finally {
      clearInterval(look)
    }
  }

  #read(partition: number, signal: AbortSignal, onChunk: (chunk: RangeChunk) => void): Promise<void> {
    const from = this.#expected[partition] ?? 0
    return this.#ranges.tail(this.#topic, from, {
      signal,
      partition,
      onChunk: ({ records, next, start }) => {
        const expected = this.#expected[partition] ?? 0
        this.#expected[partition] = next
        // What is gone leaves one number out, so that whoever follows is told.
        if (start > expected || next < expected)
          onChunk({ records: [], next: ++this.#next, start: this.#next })
        const numbered = records.map((record) => ({ ...record, partition: 0, offset: this.#next++ }))
        if (numbered.length > 0) onChunk({ records: numbered, next: this.#next, start: this.#start })
      },
    })
  }
}

/** For one reader of this topic. `ends` is asked first. */
export function createFeedLog(ranges: LogRanges, topic: string): LogRanges {
  let merged: Merged | undefined
  return {
    ...ranges,
    async ends(_, timeoutMs) {
      if (merged !== undefined) return merged.ends
      const count = await ranges.partitions(topic, timeoutMs)
      if (count === 1) return ranges.ends(topic, timeoutMs)
      const all = Array.from({ length: count }, (_gap, partition) => ranges.ends(topic, timeoutMs, partition))
      merged = new Merged(
        ranges,
        topic,
        (await Promise.all(all)).map(({ end }) => end),
      )
      return merged.ends
    },
    tail: (_, from, { signal, onChunk }) =>
      merged === undefined ? ranges.tail(topic, from, { signal, onChunk }) : merged.tail(signal, onChunk),
    async read(_, from, to, options) {
      if (merged === undefined) return ranges.read(topic, from, to, options)
      // There is nothing but what came while somebody listened, and that is in memory.
      options.onChunk({ records: [], next: to, start: to })
    },
  }
}
