// Counts the messages of one pass: when each was due, when it was answered, and what that makes of latencies.
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Latency } from './pass.ts'

const microseconds = 1_000

const toLatency = (histogram: RecordableHistogram): Latency => {
  const at = (percent: number) => histogram.percentile(percent) / microseconds
  return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: histogram.max / microseconds }
}

const record = (histogram: RecordableHistogram, ms: number): void =>
  histogram.record(Math.max(1, Math.round(ms * microseconds)))

/** Messages are numbered from 0; those from `from` on are measured. Times are `performance.now()` milliseconds. */
export class Tally {
  sent = 0
  answered = 0
  refused = 0
  repeated = 0
  lastAnswer = 0
  readonly #due: (message: number) => number
  readonly #from: number
  readonly #seen: Uint8Array
  readonly #latencies = createHistogram()
  readonly #lateness = createHistogram()

  constructor(count: number, from: number, due: (message: number) => number) {
    this.#due = due
    this.#from = from
    this.#seen = new Uint8Array(count)
  }

  sending(message: number, now: number): void {
    this.sent++
    if (message >= this.#from) record(this.#lateness, now - this.#due(message))
  }

  answer(message: number, now: number): void {
    if (!(message >= 0 && message < this.#seen.length)) return
    if (this.#seen[message] === 1) {
      this.repeated++
      return
    }
    this.#seen[message] = 1
    this.answered++
    this.lastAnswer = now
    if (message >= this.#from) record(this.#latencies, now - this.#due(message))
  }

  get latency(): Latency | undefined {
    return this.#latencies.count === 0 ? undefined : toLatency(this.#latencies)
  }

  get lateness(): Latency {
    return toLatency(this.#lateness)
  }
}
