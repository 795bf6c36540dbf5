// The requests a session waits for: each ends by its last reply, a refusal, a cancel, or its time.

/** What a late reply meets: an open request, one that ended before, or one this node never knew. */
export type RequestState = 'open' | 'ended' | 'unknown'

type Open = {
  /** Frees the timer that watches the deadline. */
  readonly stopTimer: () => void
  /** Tells the backend that nobody waits any more. */
  readonly tellBackend: () => void
}

/** Open requests, and the latest `capacity` that timed out or were cancelled so that late replies are not shown. */
export class ClientRequests {
  readonly #capacity: number
  readonly #open = new Map<string, Open>()
  readonly #ended = new Set<string>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get full(): boolean {
    return this.#open.size >= this.#capacity
  }

  open(id: string, request: Open): void {
    this.answered(id)
    this.#ended.delete(id)
    this.#open.set(id, request)
  }

  stateOf(id: string): RequestState {
    if (this.#open.has(id)) return 'open'
    return this.#ended.has(id) ? 'ended' : 'unknown'
  }

  /** The last reply or a refusal came. */
  answered(id: string): void {
    this.#open.get(id)?.stopTimer()
    this.#open.delete(id)
  }

  /** It timed out or was cancelled: the backend is told, late replies are not shown. False if it was not open. */
  abandon(id: string): boolean {
    const request = this.#open.get(id)
    if (request === undefined) return false
    this.answered(id)
    request.tellBackend()
    if (this.#ended.size >= this.#capacity) this.#ended.delete(this.#ended.values().next().value ?? '')
    this.#ended.add(id)
    return true
  }

  /** Frees every timer: the session is over. */
  clear(): void {
    for (const { stopTimer } of this.#open.values()) stopTimer()
    this.#open.clear()
  }
}
