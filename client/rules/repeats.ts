// Tells repeats of deliveries. Positions are no names: several messages may share one, so without an id they are counted.

type Seen = { connection: number; earlier: number; now: number }
type Known = { readonly id?: string | undefined; readonly position: string; readonly payload: unknown }

/** 53 bits of a text; cyrb53, which is public domain. */
export function hashOf(text: string): number {
  let [one, two] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    one = Math.imul(one ^ unit, 2654435761)
    two = Math.imul(two ^ unit, 1597334677)
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909)
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909)
  return 4294967296 * (2097151 & two) + (one >>> 0)
}

const textOf = (payload: unknown): string =>
  payload instanceof Uint8Array ? payload.join() : (JSON.stringify(payload) ?? '')

export class Repeats {
  readonly #limit: number
  readonly #seen = new Map<string, Seen>()
  #connection = 0

  /** Remembers that many. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** What was seen so far was seen on an earlier connection. */
  reconnected(): void {
    this.#connection += 1
  }

  /**
   * Two with one id and one payload are one. Without an id, the nth of one position and payload on this connection is
   * a repeat if an earlier connection had as many: of two that are alike none is taken for the other.
   */
  isRepeat({ id, position, payload }: Known): boolean {
    const [connection, hash] = [this.#connection, hashOf(textOf(payload))]
    const key = id === undefined ? `@${position} ${hash}` : `${id} ${hash}`
    const seen = this.#seen.get(key)
    if (seen === undefined) {
      this.#seen.set(key, { connection, earlier: 0, now: 1 })
      if (this.#seen.size > this.#limit) this.#seen.delete(this.#seen.keys().next().value ?? '')
      return false
    }
    if (id !== undefined) return true
    if (seen.connection !== connection) {
      seen.earlier = Math.max(seen.earlier, seen.now)
      seen.now = 0
      seen.connection = connection
    }
    seen.now += 1
    return seen.now <= seen.earlier
  }
}
