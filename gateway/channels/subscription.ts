// One client on one channel: first `subscribed`, then what it missed, then what comes, with no gap and no repeat between them.
import type { Refusal } from '../errors.ts'
import type { Channel, Listener } from './channel.ts'
import { type Detour, type Found, Holding, type Pace, Replay } from './detour.ts'
import { type Entry, isExcepted, type Joined, send, write } from './entry.ts'
import type { Hub } from './hub.ts'
import type { Subscriber } from './ports.ts'

export type Timers = {
  /** Calls `fire` once in about `ms` milliseconds; the answer cancels. */
  after(ms: number, fire: () => void): () => void
}

/** What all subscriptions of one topic share. */
export type Around = { readonly hub: Hub; readonly timers: Timers; readonly pace: Pace }

const pumpMs = 50
const nobody: readonly undefined[] = []

export class Subscription implements Listener {
  readonly client: Subscriber
  readonly channel: Channel
  /** Whether presence was told of it. */
  counted = false
  /** It asked to be told who comes and goes. */
  members = false
  readonly #around: Around
  #state: 'opening' | 'begun' | 'ended' = 'opening'
  /** Ids of the frames that wait for `subscribed`; undefined for one that nobody asked for by a frame. */
  #ids: readonly (string | undefined)[]
  /** Messages were lost while it was opening. */
  #lost = false
  #detour: Detour | undefined
  #stopPump: (() => void) | undefined
  /** To be done once it has begun. */
  #then: (() => void) | undefined

  constructor(client: Subscriber, channel: Channel, around: Around, id: string | undefined) {
    this.client = client
    this.channel = channel
    this.#around = around
    this.#ids = [id]
    // What it may still need stays in the tail.
    channel.ring.readers++
    channel.enter(this)
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  get isTold(): boolean {
    return this.members && this.#state === 'begun'
  }

  /** The topic is being read; `found` is what was missed, where anything was asked for. */
  begin(found: Found | undefined): void {
    if (this.#state !== 'opening') return
    this.#state = 'begun'
    const { hub, pace } = this.#around
    const { ring } = this.channel
    if (found === undefined || this.#lost || !found.recovered || ring.from > found.upTo) {
      ring.readers--
      this.#straight()
      this.#say(hub.position, found === undefined && !this.#lost)
    } else {
      const replay = new Replay(this.client, this.channel, hub, pace, found)
      this.#say(found.position ?? replay.position ?? hub.position, true)
      this.#detour = replay
      this.#pump()
    }
    this.#then?.()
  }

  /** It cannot begin. */
  refuse(refusal: Refusal): void {
    if (this.#state !== 'opening') return
    for (const id of this.#ids) this.client.refuse(refusal, id)
    this.#ids = nobody
    this.end()
    this.#then?.()
  }

  /** Calls `then` once everyone who asked for it was answered. */
  whenBegun(then: () => void): void {
    if (this.#state === 'opening') this.#then = then
    else then()
  }

  /** It was asked for again: the answer is where the client is. */
  again(id: string | undefined): void {
    this.#ids = [...this.#ids, id]
    if (this.#state === 'begun') this.#say(this.#detour?.position ?? this.#around.hub.position, true)
  }

  take(entries: readonly Entry[], joined: () => Joined): void {
    if (this.#state !== 'begun') return
    const { whenSlow } = this.channel.rule
    const { waitingBytes } = this.client
    if (this.#detour === undefined && whenSlow !== 'disconnect' && waitingBytes > this.#around.pace.slowAt) {
      this.#detour = new Holding(this.client, this.channel.name, whenSlow, this.#around.pace)
      this.#soon()
    }
    if (this.#detour !== undefined) this.#detour.take(entries)
    else if (entries.some((entry) => isExcepted(this.client, entry))) write(this.client, entries)
    else send(this.client, joined())
  }

  lost(position: string): void {
    if (this.#state === 'opening') this.#lost = true
    if (this.#state !== 'begun') return
    this.#detour?.end()
    this.#straight()
    this.#ids = [undefined]
    this.#say(position, false)
  }

  end(): void {
    if (this.#state === 'ended') return
    if (this.#state === 'opening') this.channel.ring.readers--
    this.#detour?.end()
    this.#straight()
    this.#state = 'ended'
    this.channel.leave(this)
  }

  #say(position: string, recovered: boolean): void {
    const channel = this.channel.name
    const ids = this.#ids
    this.#ids = nobody
    for (const id of ids) {
      const named = id === undefined ? {} : { id }
      this.client.send({ kind: 'subscribed', ...named, channel, position, recovered })
    }
  }

  /** Nothing stands any more between the channel and the socket. */
  #straight(): void {
    if (this.#detour instanceof Replay) this.channel.ring.readers--
    this.#detour = undefined
    this.#stopPump?.()
    this.#stopPump = undefined
    // Where a policy may come to work it looks at each message itself.
    if (this.channel.rule.whenSlow === 'disconnect') this.channel.setStraight(this, true)
  }

  #soon(): void {
    this.#stopPump = this.#around.timers.after(pumpMs, () => this.#pump())
  }

  #pump(): void {
    this.#stopPump = undefined
    if (!this.client.open || this.#detour === undefined) return
    const pumped = this.#detour.pump()
    if (pumped === 'more') this.#soon()
    else if (pumped === 'done') this.#straight()
    else this.lost(this.#around.hub.position)
  }
}
