// One partition in hand: records of a key in turn, those of other keys side by side; done with as far as all before is done.
import type { Gate } from './gate.ts'
import { type Arrival, type Batch, offsetOf, type Partition } from './record.ts'

/** What is handled as one. Units of one key wait for each other. */
export type Unit = { readonly key: string | undefined; readonly arrivals: readonly Arrival[] }

export type LaneOptions = {
  /** How a batch is taken apart. */
  readonly cut: (arrivals: readonly Arrival[]) => readonly Unit[]
  /** Answers false for a unit that is not done with. Must not throw. */
  readonly handle: (arrivals: readonly Arrival[], lane: Lane) => Promise<boolean>
  readonly gate: Gate
  /** Nothing is begun any more from here on. */
  readonly stopping: AbortSignal
  readonly onChange: () => void
}

export class Lane {
  readonly place: Partition
  readonly #options: LaneOptions
  readonly #left = new AbortController()
  readonly #chains = new Map<string, Promise<void>>()
  /** Taken and not done, in the order of the log. */
  readonly #pending = new Set<number>()
  #next: number | undefined
  #mayRepeat = false
  /** Units begun and not ended. */
  running = 0
  committed: number | undefined

  constructor(place: Partition, options: LaneOptions) {
    this.place = place
    this.#options = options
  }

  get inHand(): number {
    return this.#pending.size
  }

  /** Everything before it is done with; undefined before the first batch. */
  get watermark(): number | undefined {
    const [first] = this.#pending
    return first ?? this.#next
  }

  /** Aborted when the partition is another's. */
  get left(): AbortSignal {
    return this.#left.signal
  }

  leave(): void {
    this.#left.abort(new Error('the partition was given to another member of the group'))
  }

  /** After a rebalance a partition is read from its committed offset again. */
  rejoined(): void {
    this.#mayRepeat = true
  }

  /** Whether the batch is of another log: the topic was made anew. */
  isForeign({ messages: [first] }: Batch): boolean {
    if (first === undefined || this.#next === undefined) return false
    const at = Number(first.offset)
    return at < (this.committed ?? 0) || (at < this.#next && !this.#mayRepeat)
  }

  /** What was taken before is passed over. */
  take({ topic, partition, messages, next }: Batch): void {
    const known = this.#next ?? 0
    const arrivals = messages
      .map((message) => ({ topic, partition, message }))
      .filter((arrival) => offsetOf(arrival) >= known)
    if (next > known) this.#mayRepeat = false
    this.#next = Math.max(known, next)
    for (const arrival of arrivals) this.#pending.add(offsetOf(arrival))
    for (const unit of this.#options.cut(arrivals)) this.#begin(unit)
  }

  #begin({ key, arrivals }: Unit): void {
    const run = () => this.#options.gate(() => this.#run(arrivals))
    if (key === undefined) return void run()
    const mine = (this.#chains.get(key) ?? Promise.resolve()).then(run)
    this.#chains.set(key, mine)
    void mine.then(() => {
      if (this.#chains.get(key) === mine) this.#chains.delete(key)
    })
  }

  async #run(arrivals: readonly Arrival[]): Promise<void> {
    if (this.left.aborted || this.#options.stopping.aborted) return
    this.running += 1
    const done = await this.#options.handle(arrivals, this)
    this.running -= 1
    if (done) for (const arrival of arrivals) this.#pending.delete(offsetOf(arrival))
    this.#options.onChange()
  }
}

/** Each record by itself. */
export const byRecord = (arrivals: readonly Arrival[]): readonly Unit[] =>
  arrivals.map((arrival) => ({ key: arrival.message.key?.toString('latin1'), arrivals: [arrival] }))

/** So many at a time, one unit after the other. */
export const byCount =
  (most: number) =>
  (arrivals: readonly Arrival[]): readonly Unit[] =>
    Array.from({ length: Math.ceil(arrivals.length / most) }, (_, index) => ({
      key: '',
      arrivals: arrivals.slice(index * most, (index + 1) * most),
    }))
