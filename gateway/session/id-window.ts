// The client ids a session has sent lately, so that a repeat is answered and not published twice.

/** Where an acked frame stands in Kafka. */
export type Place = { readonly topic: string; readonly partition: number; readonly offset: number }

/** `inflight`: its ack is still to come and answers the repeat too. A place: acked already, answer it again. */
export type Seen = 'new' | 'inflight' | Place

/** Remembers the latest `capacity` ids. Ids in flight are bounded by the connection's own limit. */
export class IdWindow {
  readonly #capacity: number
  readonly #ids = new Map<string, 'inflight' | Place>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Notes a sending of this id and tells whether it was seen before. */
  enter(id: string): Seen {
    const seen = this.#ids.get(id)
    if (seen !== undefined) return seen
    if (this.#ids.size >= this.#capacity) this.#forgetOldest()
    this.#ids.set(id, 'inflight')
    return 'new'
  }

  acked(id: string, place: Place): void {
    if (this.#ids.has(id)) this.#ids.set(id, place)
  }

  /** The frame was refused: sending it again is a new attempt. */
  refused(id: string): void {
    this.#ids.delete(id)
  }

  #forgetOldest(): void {
    for (const id of this.#ids.keys()) {
      this.#ids.delete(id)
      return
    }
  }
}
