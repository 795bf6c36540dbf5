// The one batch that a lane has in flight: split by partition, sent until every record has its outcome, never reordered.
import { type Entry, type Part, toPart } from './entry.ts'
import { type FailureKind, toFailure } from './failure.ts'
import { partitionOf } from './partition.ts'
import type { Leaders } from './places.ts'
import type { Producer, Verdict } from './producer.ts'
import type { Settle } from './settle.ts'

/** Milliseconds for which a topic that was there before may be away (its broker is starting) before it counts as gone. */
const missingGrace = 3_000

/** What an attempt showed of the cluster: `lost` it failed us · `answered` it works · `idle` nothing was asked of it. */
export type Health = 'lost' | 'answered' | 'idle'

export class Batch {
  readonly #producer: Producer
  readonly #settle: Settle
  /** Records that have no partition yet, as their topic is not known. */
  #loose: Entry[]
  #parts: Part[] = []
  #missingSince: number | undefined
  /** Whether the last attempt left something that only time can mend. */
  mustWait = false

  constructor(entries: Entry[], producer: Producer, settle: Settle) {
    this.#loose = entries
    this.#producer = producer
    this.#settle = settle
  }

  get done(): boolean {
    return this.#loose.length === 0 && this.#parts.length === 0
  }

  /** True when nobody waits for an outcome of this batch any more. */
  get settled(): boolean {
    return this.#loose.every(isSettled) && this.#parts.every((part) => part.entries.every(isSettled))
  }

  /** Tells records past `deadline` (`performance.now()`) what is known of them; may be called at any time. */
  expire(now: number): void {
    for (const entry of this.#loose)
      if (entry.deadline <= now) this.#settle.failed(entry, 'broker-unavailable')
    for (const part of this.#parts)
      for (const entry of part.entries)
        if (entry.deadline <= now) this.#fail(part, entry, 'broker-unavailable')
  }

  /** Between attempts: leaves out what nobody waits for. A part in doubt is kept whole, or given up whole. */
  prune(): void {
    this.#loose = this.#loose.filter(isOpen)
    let gaveUp = false
    this.#parts = this.#parts.filter((part) => {
      const open = part.entries.filter(isOpen)
      if (part.doubt) {
        gaveUp ||= open.length === 0
        return open.length > 0
      }
      if (open.length < part.entries.length) part.bytes = undefined
      part.entries = open
      return open.length > 0
    })
    if (gaveUp) this.#producer.renew()
  }

  /** One attempt at all that is left. */
  async attempt(): Promise<Health> {
    this.mustWait = false
    const placing = await this.#place()
    const sending = new Map<string, Part>()
    for (const part of this.#parts) {
      // The rest of a part that was too large comes after its beginning, not beside it.
      const where = `${part.topic}/${part.partition}`
      if (!sending.has(where)) sending.set(where, part)
    }
    if (sending.size === 0) return placing
    let health: Health = placing
    for (const verdict of await this.#producer.attempt([...sending.values()])) {
      const seen = this.#take(verdict)
      if (health !== 'lost') health = seen
    }
    return health
  }

  async #place(): Promise<Health> {
    if (this.#loose.length === 0) return 'idle'
    const topics = new Map<string, Leaders | FailureKind>()
    for (const { record } of this.#loose) {
      if (topics.has(record.topic)) continue
      const { places } = this.#producer
      const known = places.peek(record.topic)
      topics.set(record.topic, known ?? (await places.leaders(record.topic).catch(toKind)))
    }
    let health: Health = 'idle'
    const loose: Entry[] = []
    const parts = new Map<string, Part>()
    for (const entry of this.#loose) {
      const { topic, key, partition: given } = entry.record
      const leaders = topics.get(topic) as Leaders | FailureKind
      if (typeof leaders !== 'string') {
        const partition = given ?? partitionOf(key as string, leaders.length)
        const where = `${topic}/${partition}`
        const part = parts.get(where)
        if (part) part.entries.push(entry)
        else if (partition in leaders) parts.set(where, toPart(topic, partition, [entry]))
        else this.#settle.failed(entry, 'route-unavailable')
      } else if (leaders === 'not-writable' || (leaders === 'topic-missing' && this.#gone(topic)))
        this.#settle.failed(entry, 'route-unavailable')
      else {
        loose.push(entry)
        this.mustWait = true
        if (leaders !== 'topic-missing') health = 'lost'
      }
    }
    this.#loose = loose
    this.#parts.push(...parts.values())
    return health
  }

  #take({ part, kind, offset }: Verdict): Health {
    const { places } = this.#producer
    switch (kind) {
      case 'stored':
        for (let i = 0; i < part.entries.length; i++)
          this.#settle.stored(part.entries[i] as Entry, part.partition, offset + i)
        this.#parts.splice(this.#parts.indexOf(part), 1)
        return 'answered'
      case 'too-large':
      case 'invalid-record':
        this.#split(part, kind === 'too-large' ? 'too-large' : 'route-unavailable')
        return 'answered'
      case 'topic-missing':
        places.outdate(part.topic)
        if (this.#gone(part.topic)) this.#refuse(part, 'route-unavailable')
        else this.mustWait = true
        return 'answered'
      case 'not-writable':
        this.#refuse(part, 'route-unavailable')
        return 'answered'
      case 'fenced':
        this.#producer.renew()
        this.mustWait = true
        return 'answered'
      case 'not-sent':
      case 'unknown':
      case 'moved':
      case 'busy':
      case 'not-member':
      case 'rebalancing':
      case 'out-of-range':
        this.mustWait = true
        places.outdate(part.topic)
        return 'lost'
    }
  }

  /** Halves a part of which one record is at fault; alone, that record is refused. */
  #split(part: Part, failure: 'too-large' | 'route-unavailable'): void {
    if (part.doubt || part.entries.length === 1) return this.#refuse(part, failure)
    const half = part.entries.length >> 1
    const rest = toPart(part.topic, part.partition, part.entries.slice(half))
    part.entries = part.entries.slice(0, half)
    part.bytes = undefined
    this.#parts.splice(this.#parts.indexOf(part) + 1, 0, rest)
  }

  /** Settles what is left of a part; `prune` takes it out. */
  #refuse(part: Part, failure: 'too-large' | 'route-unavailable'): void {
    for (const entry of part.entries) this.#fail(part, entry, failure)
  }

  #fail(part: Part, entry: Entry, failure: Parameters<Settle['failed']>[1]): void {
    this.#settle.failed(entry, part.doubt ? 'outcome-unknown' : failure)
  }

  #gone(topic: string): boolean {
    const { places } = this.#producer
    if (!places.wasKnown(topic)) return true
    this.#missingSince ??= performance.now()
    if (performance.now() - this.#missingSince < missingGrace) return false
    places.forget(topic)
    return true
  }
}

const isSettled = (entry: Entry): boolean => entry.settled
const isOpen = (entry: Entry): boolean => !entry.settled
const toKind = (failed: unknown): FailureKind => toFailure(failed).kind
