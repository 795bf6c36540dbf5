// Ways of messages to one client that are not the straight one: what it missed, piece by piece, and what waits while it is slow.
import type { Channel } from './channel.ts'
import { type Entry, isExcepted, positionBefore, send, write } from './entry.ts'
import type { Hub } from './hub.ts'
import type { Subscriber } from './ports.ts'
import type { WhenSlow } from './rules.ts'
import { Held, type HeldTally } from './slow.ts'

export type Pace = {
  /** Bytes waiting for a socket from which on a client counts as slow. */
  readonly slowAt: number
  /** Bytes of messages held for a slow client where its channel lets it miss some. */
  readonly held: number
  /** The same for all channels of one client. */
  readonly heldOfAll: number
}

/** What is held for each client that has something held. */
const tallies = new WeakMap<Subscriber, HeldTally>()

function tallyOf(client: Subscriber): HeldTally {
  const known = tallies.get(client)
  if (known !== undefined) return known
  const tally = { bytes: 0 }
  tallies.set(client, tally)
  return tally
}

/** What a client has missed: everything before `upTo`; from there on it is in the channel's tail. */
export type Found = {
  readonly recovered: boolean
  /** Where it is before these; absent: before the first of them, or where the channel is. */
  readonly position?: string
  readonly entries: readonly Entry[]
  readonly upTo: number
}

/** `more`: call again soon. `done`: the client has everything. `lost`: messages are gone that it did not get. */
export type Pumped = 'more' | 'done' | 'lost'

export type Detour = {
  /** Where the client is; undefined where it has everything. */
  readonly position: string | undefined
  /** Messages that came meanwhile. */
  take(entries: readonly Entry[]): void
  /** Writes what the client's socket has room for. */
  pump(): Pumped
  /** It ends before it is done: nothing of it is needed any more. */
  end(): void
}

/** Bytes written at once to a client that is being shown what it missed. */
const pieceBytes = 64 * 1024

/** What a client has missed; what comes meanwhile is in the channel's tail, which keeps it for as long as it can. */
export class Replay implements Detour {
  readonly #client: Subscriber
  readonly #channel: Channel
  readonly #hub: Hub
  readonly #slowAt: number
  #entries: readonly Entry[]
  #written = 0
  /** From here on the tail is the rest. */
  #upTo: number

  constructor(client: Subscriber, channel: Channel, hub: Hub, { slowAt }: Pace, { entries, upTo }: Found) {
    this.#client = client
    this.#channel = channel
    this.#hub = hub
    this.#slowAt = slowAt
    this.#entries = [...entries, ...channel.ring.since(upTo)]
    this.#upTo = hub.next
  }

  get position(): string | undefined {
    const next = this.#entries[this.#written]
    return next && positionBefore(next)
  }

  /** They are in the tail. */
  take(): void {}

  pump(): Pumped {
    const { waitingBytes } = this.#client
    for (let waiting = waitingBytes; waiting <= this.#slowAt; waiting = this.#client.waitingBytes) {
      if (this.#written === this.#entries.length) {
        const { ring } = this.#channel
        if (ring.from > this.#upTo) return 'lost'
        this.#entries = ring.since(this.#upTo)
        this.#written = 0
        this.#upTo = this.#hub.next
        if (this.#entries.length === 0) return 'done'
      }
      this.#writePiece()
      if (!this.#client.open) return 'done'
    }
    return 'more'
  }

  end(): void {}

  #writePiece(): void {
    const from = this.#written
    let bytes = 0
    while (bytes < pieceBytes && this.#written < this.#entries.length)
      bytes += this.#entries[this.#written++]?.bytes ?? 0
    const piece = this.#entries.slice(from, this.#written)
    if (piece.some((entry) => isExcepted(this.#client, entry))) return write(this.#client, piece)
    send(this.#client, this.#channel.joined(piece, this.#client.dialect))
  }
}

/** A client reads too slowly, and its channel's policy lets it miss some rather than lose its connection. */
export class Holding implements Detour {
  readonly #client: Subscriber
  readonly #channel: string
  readonly #held: Held
  readonly #slowAt: number

  constructor(client: Subscriber, channel: string, policy: Exclude<WhenSlow, 'disconnect'>, pace: Pace) {
    this.#client = client
    this.#channel = channel
    this.#held = new Held(policy, pace.held, tallyOf(client), pace.heldOfAll)
    this.#slowAt = pace.slowAt
  }

  get position(): string | undefined {
    const { oldest } = this.#held
    return oldest && positionBefore(oldest)
  }

  take(entries: readonly Entry[]): void {
    for (const entry of entries) if (!isExcepted(this.#client, entry)) this.#held.add(entry)
  }

  pump(): Pumped {
    // Not at the first free byte: it would be slow again with the next message.
    if (this.#client.waitingBytes > this.#slowAt / 2) return 'more'
    this.#tell()
    while (this.#client.open && this.#client.waitingBytes <= this.#slowAt) {
      const piece = this.#held.take(Math.min(pieceBytes, this.#slowAt))
      if (piece.length === 0) return 'done'
      write(this.#client, piece)
    }
    return 'more'
  }

  end(): void {
    this.#held.dropAll()
    this.#tell()
  }

  #tell(): void {
    const count = this.#held.takeDropped()
    if (count > 0 && this.#client.open) this.#client.send({ kind: 'dropped', channel: this.#channel, count })
  }
}
