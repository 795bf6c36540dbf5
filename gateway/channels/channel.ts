// One channel on this node: who has subscribed to it, its newest messages, and the way of a message to many sockets.
import { joinFrames } from '../protocol/ws-frame.ts'
import { type Entry, type Joined, join, write } from './entry.ts'
import { MemberChanges } from './member-changes.ts'
import type { Told } from './member-records.ts'
import type { Subscriber } from './ports.ts'
import type { ChannelRule } from './rules.ts'
import type { TailRing } from './tail-ring.ts'

/** A subscription, as its channel sees it. */
export type Listener = {
  readonly client: Subscriber
  /** It asked to be told who comes and goes, and it has begun. */
  readonly isTold: boolean
  /** Takes messages that do not go straight to its socket; `joined` are all of them as frames, shared. */
  take(entries: readonly Entry[], joined: () => Joined): void
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
  readonly #listeners = new Set<Listener>()
  /** Those that are not shown every message as it is; each takes it by itself. */
  readonly #apart = new Set<Listener>()
  /** Clients that are, by the name of their dialect. Nothing else is touched for each: that alone would cost as much. */
  readonly #straight = new Map<string, Set<Subscriber>>()
  /** Since when nobody listens: `performance.now()`. */
  idleSince: number | undefined
  /** Read in this batch. */
  #batch: Entry[] = []
  #joins: Map<string, Joined> | undefined
  #changes: MemberChanges | undefined

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

  /** Whether anyone listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0
  }

  /** It takes messages by itself, until it is straight. */
  enter(listener: Listener): void {
    this.#listeners.add(listener)
    this.#apart.add(listener)
    this.idleSince = undefined
  }

  leave(listener: Listener): void {
    this.setStraight(listener, false)
    this.#listeners.delete(listener)
    this.#apart.delete(listener)
    if (!this.isHeard) this.idleSince = performance.now()
  }

  /** Whether messages go straight to the client's socket. */
  setStraight(listener: Listener, isStraight: boolean): void {
    const { client } = listener
    const { name } = client.dialect
    const clients = this.#straight.get(name) ?? new Set()
    if (isStraight) {
      this.#straight.set(name, clients.add(client))
      this.#apart.delete(listener)
    } else {
      clients.delete(client)
      this.#apart.add(listener)
      if (clients.size === 0) this.#straight.delete(name)
    }
  }

  /** Hands the batch to everyone: encoded once for each dialect, framed and joined once, one write for each socket. */
  flush(): void {
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    this.#joins = undefined
    const excepts = exceptsOf(batch)
    const joins = new Map<string, Joined>()
    const joinedFor = (dialect: Subscriber['dialect']): Joined => {
      const joined = joins.get(dialect.name) ?? join(batch, dialect)
      joins.set(dialect.name, joined)
      return joined
    }
    for (const clients of this.#straight.values()) {
      let joined: Joined | undefined
      for (const client of clients) {
        joined ??= joinedFor(client.dialect)
        if (excepts?.has(client.session?.id ?? '')) write(client, batch)
        else if (joined.messages > 0) client.sendFramed(joined.frames, joined.messages)
      }
    }
    for (const listener of this.#apart) listener.take(batch, () => joinedFor(listener.client.dialect))
  }

  /** Somebody came or went: those who asked to be told are, behind all messages that were read before. */
  tell(told: Told): void {
    this.#changes ??= new MemberChanges()
    if (!this.#changes.isNews(told)) return
    this.flush()
    const { change: kind, user, sessions, info } = told
    const member = { user, sessions, ...(info === undefined ? {} : { info }) }
    const encoded = new Map<string, Buffer | undefined>()
    for (const { isTold, client } of this.#listeners) {
      if (!isTold) continue
      const { dialect } = client
      if (!encoded.has(dialect.name)) {
        const frame = dialect.encode({ kind, channel: this.name, member })
        encoded.set(dialect.name, frame && joinFrames([frame]))
      }
      const frames = encoded.get(dialect.name)
      if (frames !== undefined) client.sendFramed(frames, 0)
    }
  }

  /** Entries of this channel as frames. Whoever is shown the same ones soon gets the same Buffer. */
  joined(entries: readonly Entry[], dialect: Subscriber['dialect']): Joined {
    const key = `${dialect.name} ${entries.map(({ offset }) => offset).join()}`
    const kept = this.#joins?.get(key)
    if (kept !== undefined) return kept
    const joined = join(entries, dialect)
    if (this.#joins === undefined || this.#joins.size >= keptJoins) this.#joins = new Map()
    this.#joins.set(key, joined)
    return joined
  }

  forgetJoins(): void {
    this.#joins = undefined
  }

  /** Messages were lost: all there are begin at offset `from`, which is `position`. */
  lost(from: number, position: string): void {
    this.#batch = []
    this.#joins = undefined
    this.#changes?.forget()
    this.ring.reset(from)
    for (const listener of this.#listeners) listener.lost(position)
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
