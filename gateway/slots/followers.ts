// Reads on in the logs that sessions came from, so that what still arrives there reaches them before anyone sends it on.
import type { ReadOptions } from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { ControlRecord } from '../moving/control.ts'
import { endsFollowing, extendTo, type Following, onFollowed } from '../moving/follow.ts'
import type { Attached } from '../moving/slot-state.ts'
import { mayConcern } from './may-concern.ts'
import type { LogRanges } from './ports.ts'
import { type Item, readRecord } from './read-record.ts'
import type { Sweeper } from './sweeper.ts'

export type Follower = {
  readonly session: string
  readonly attached: Attached
  /** Shows it to the client now. */
  write(item: Item): void
  /** A later connection has the session. */
  superseded(): void
}

export type FollowersDeps = {
  readonly ranges: LogRanges
  readonly sweeper: Sweeper
  readonly read: ReadOptions
  readonly slotTopic: string
  readonly signal: AbortSignal
  /** Milliseconds: a log without a word of a living holder for so long is left to whoever takes it. */
  readonly longest: number
}

type One = Follower & { readonly following: Following }
type Followed = {
  readonly ones: Map<string, One>
  /** Those that came when the reader was further on already. */
  readonly late: Map<string, One>
  readonly stop: AbortController
  /** Read so far. */
  next: number
  until: number
}

/** All that follow one log share one reader. */
export class Followers {
  readonly #deps: FollowersDeps
  readonly #logs = new Map<number, Followed>()

  constructor(deps: FollowersDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#logs.size
  }

  /** From `next` on, and until the log is known to have a living holder. */
  follow(slot: number, next: number, follower: Follower): void {
    const log = this.#logs.get(slot) ?? this.#begin(slot, next)
    log.until = performance.now() + this.#deps.longest
    const one = { ...follower, following: { slot, next } }
    if (next >= log.next) return void log.ones.set(follower.session, one)
    log.late.set(follower.session, one)
    void this.#catchUp(slot, log, one).catch(() => log.late.delete(follower.session))
  }

  #begin(slot: number, next: number): Followed {
    const begun = { ones: new Map(), late: new Map(), stop: new AbortController(), next, until: 0 }
    this.#logs.set(slot, begun)
    const { ranges, slotTopic, signal } = this.#deps
    const read = ranges.tail(`${slotTopic}${slot}`, next, {
      signal: AbortSignal.any([signal, begun.stop.signal]),
      onChunk: (chunk) => {
        // Behind a gap, or in another log, nobody has what is not seen: the log's next holder says what became of it.
        if (chunk.start > begun.next || chunk.next < begun.next) return this.#end(slot, begun)
        for (const record of chunk.records) this.#read(slot, begun, record)
        for (const { attached, following } of begun.ones.values()) extendTo(attached, following, chunk.next)
        begun.next = chunk.next
      },
    })
    read
      .catch(() => undefined)
      .finally(() => {
        if (this.#logs.get(slot) === begun) this.#logs.delete(slot)
      })
    return begun
  }

  async #catchUp(slot: number, log: Followed, one: One): Promise<void> {
    const { sweeper } = this.#deps
    while (one.following.next < log.next && log.late.get(one.session) === one) {
      const to = log.next
      const found = await sweeper.collect(slot, one.following.next, to, one.session)
      if (found === 'too-much') break
      const { controls, arrivals } = found
      const stop = controls.find(({ offset, record }) => this.#stops(one, offset, record))?.offset ?? to
      for (const arrival of arrivals)
        if (arrival.offset < stop && onFollowed(one.attached, one.following, arrival)) one.write(arrival.body)
      extendTo(one.attached, one.following, stop)
      sweeper.release(found)
      if (stop < to) break
    }
    const reached = one.following.next >= log.next
    if (log.late.delete(one.session) && reached && !log.stop.signal.aborted) log.ones.set(one.session, one)
    else this.#endIfIdle(slot, log)
  }

  /** Of one log, or of all. */
  stop(session: string, slot?: number): void {
    for (const [each, log] of this.#logs)
      if (slot === undefined || each === slot) this.#remove(each, log, session)
  }

  /** Leaves logs in which nothing has come for long. */
  expire(now: number): void {
    for (const [slot, log] of this.#logs) if (log.until < now) this.#end(slot, log)
  }

  stopAll(): void {
    for (const [slot, log] of this.#logs) this.#end(slot, log)
  }

  #end(slot: number, log: Followed): void {
    log.ones.clear()
    log.late.clear()
    log.stop.abort()
    if (this.#logs.get(slot) === log) this.#logs.delete(slot)
  }

  #remove(slot: number, log: Followed, session: string): void {
    log.ones.delete(session)
    log.late.delete(session)
    this.#endIfIdle(slot, log)
  }

  #endIfIdle(slot: number, log: Followed): void {
    if (log.ones.size === 0 && log.late.size === 0) this.#end(slot, log)
  }

  #read(slot: number, log: Followed, record: IncomingRecord): void {
    if (!mayConcern(record, (session) => log.ones.has(session))) return
    const what = readRecord(slot, record, this.#deps.read)
    const { offset } = record
    if (what.kind === 'control') {
      const { control } = what
      const concerned = control.kind === 'canary' ? [...log.ones.values()] : [log.ones.get(control.session)]
      for (const one of concerned) {
        if (one === undefined || offset < one.following.next) continue
        extendTo(one.attached, one.following, offset)
        if (this.#stops(one, offset, control)) this.#remove(slot, log, one.session)
      }
      return
    }
    const one = what.kind === 'one' ? log.ones.get(what.arrival.session) : undefined
    if (one === undefined || what.kind !== 'one' || offset < one.following.next) return
    extendTo(one.attached, one.following, offset)
    if (onFollowed(one.attached, one.following, what.arrival)) one.write(what.arrival.body)
  }

  /** Whether following ends with this record. */
  #stops(one: One, offset: number, control: ControlRecord): boolean {
    if (offset < one.following.next) return false
    const ends = endsFollowing(one.attached, control)
    if (ends === 'superseded') one.superseded()
    return ends !== 'on'
  }
}
