// One channel on this node: who has subscribed to it, its newest messages, and the way of a message to many sockets.
import { type Entry, type Joined, join } from './entry.ts'
import type { Subscriber } from './ports.ts'
import type { ChannelRule } from './rules.ts'
import type { TailRing } from './tail-ring.ts'

/** A subscriber that is shown messages as they come. */
export type Listener = {
  readonly client: Subscriber
  /** Messages do not go straight to the socket: it is slow, or has not got there yet. */
  readonly holds: boolean
  /** Takes what is not for everyone alike. */
  take(entries: readonly Entry[]): void
  /** Messages were lost before `position`: it says so. */
  lost(position: string): void
}

/** Joins that are kept for those who need the same one. */
const keptJoins = 8

export class Channel {
  readonly tenant: string
  readonly name: string
  readonly rule: ChannelRule
  readonly ring: TailRing
  /** Everyone that has subscribed, in whatever state. */
  readonly listeners = new Set<Listener>()
  /** Since when nobody listens: `performance.now()`. */
  idleSince: number | undefined
  /** Read in this batch. */
  #batch: Entry[] = []
  readonly #joins = new Map<string, Joined>()

  constructor(tenant: string, name: string, rule: ChannelRule, ring: TailRing) {
    this.tenant = tenant
    this.name = name
    this.rule = rule
    this.ring = ring
  }

  /** A message was read; it goes out with the others of its batch. True for the first of a batch. */
  read(entry: Entry, now: number): boolean {
    this.ring.push(entry, now)
    return this.#batch.push(entry) === 1
  }

  /** Hands the batch to everyone: encoded once for each dialect, framed and joined once, one write for each socket. */
  flush(): void {
    const batch = this.#batch
    this.#batch = []
    this.#joins.clear()
    const excepts = exceptsOf(batch)
    const joins = new Map<string, Joined>()
    for (const listener of this.listeners) {
      const { client } = listener
      if (listener.holds || (excepts && excepts.has(client.session?.id ?? ''))) {
        listener.take(batch)
        continue
      }
      let joined = joins.get(client.dialect.name)
      if (joined === undefined) {
        joined = join(batch, client.dialect)
        joins.set(client.dialect.name, joined)
      }
      if (joined.messages > 0) client.sendFramed(joined.frames, joined.messages)
    }
  }

  /** Entries of this channel as frames. Whoever is shown the same ones soon gets the same Buffer. */
  joined(entries: readonly Entry[], dialect: Subscriber['dialect']): Joined {
    const key = `${dialect.name} ${entries.map(({ offset }) => offset).join()}`
    const kept = this.#joins.get(key)
    if (kept !== undefined) return kept
    const joined = join(entries, dialect)
    if (this.#joins.size >= keptJoins) this.#joins.clear()
    this.#joins.set(key, joined)
    return joined
  }

  forgetJoins(): void {
    this.#joins.clear()
  }

  /** Messages were lost: all there are begin at offset `from`, which is `position`. */
  lost(from: number, position: string): void {
    this.#batch = []
    this.#joins.clear()
    this.ring.reset(from)
    for (const listener of this.listeners) listener.lost(position)
  }
}

function exceptsOf(batch: readonly Entry[]): ReadonlySet<string> | undefined {
  let excepts: Set<string> | undefined
  for (const { except } of batch) {
    if (except === undefined) continue
    excepts ??= new Set()
    excepts.add(except)
  }
  return excepts
}
