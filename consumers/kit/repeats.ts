// Copies of a frame that was handled before: found by the ids of the newest ones, in the memory of this process.
import { type Arrival, type Outgoing, originOf } from './record.ts'

export type RepeatOptions = {
  /** Frames remembered. Default 10,000. */
  readonly most?: number
  /**
   * Also take two frames of one session with one `ce_sequence` for copies: for clients that count but give no ids. Only
   * where no client counts from the beginning again in a session that goes on. Default false.
   */
  readonly bySequence?: boolean
}

type Seen = {
  readonly session: string | undefined
  /** True once it was handled, false if it was not: then the copy is. */
  readonly ended: Promise<boolean>
  end(done: boolean): void
  readonly replies: Outgoing[]
  bytes: number
}

/** Bytes of replies that are kept for copies under another session. */
const mostReplyBytes = 8 * 1024 ** 2
const mostOfOne = 64 * 1024

type Headers = Readonly<Record<string, string>>

export class Repeats {
  readonly #seen = new Map<string, Seen>()
  readonly #most: number
  readonly #bySequence: boolean
  #replyBytes = 0

  constructor({ most = 10_000, bySequence = false }: RepeatOptions = {}) {
    this.#most = most
    this.#bySequence = bySequence
  }

  #namesOf(arrival: Arrival, headers: Headers): readonly string[] {
    const { ce_id: id, ce_source: source = '', ce_session: session, ce_sequence: sequence } = headers
    const names = [id === undefined ? originOf(arrival) : `${arrival.topic} ${source} ${id}`]
    if (this.#bySequence && session !== undefined && sequence !== undefined)
      names.push(`${arrival.topic} ${session} #${sequence}`)
    return names
  }

  /** The first of these copies, which may still be in hand; or what to tell of this one, which is the first. */
  begin(arrival: Arrival, headers: Headers): { readonly first: Seen } | { readonly own: Seen } {
    const names = this.#namesOf(arrival, headers)
    for (const name of names) {
      const first = this.#seen.get(name)
      if (first) return { first }
    }
    const { promise: ended, resolve } = Promise.withResolvers<boolean>()
    const own: Seen = {
      session: headers['ce_session'],
      ended,
      end: (done) => {
        if (!done) for (const name of names) this.#forget(name)
        resolve(done)
      },
      replies: [],
      bytes: 0,
    }
    for (const name of names) this.#seen.set(name, own)
    for (const name of this.#seen.keys()) {
      if (this.#seen.size <= this.#most) break
      this.#forget(name)
    }
    return { own }
  }

  /** Keeps a reply; where there is no room for it the copies of this record are not answered. */
  keep(own: Seen, reply: Outgoing): void {
    const bytes = reply.value?.length ?? 0
    own.bytes += bytes
    this.#replyBytes += bytes
    own.replies.push(reply)
    if (own.bytes > mostOfOne || this.#replyBytes > mostReplyBytes) this.#drop(own)
  }

  #drop(seen: Seen): void {
    this.#replyBytes -= seen.bytes
    seen.bytes = 0
    seen.replies.length = 0
  }

  #forget(name: string): void {
    const seen = this.#seen.get(name)
    if (seen) this.#drop(seen)
    this.#seen.delete(name)
  }
}
