// What one client got of one channel: messages told apart by position, gaps that it was told of, and what is missing.

/** Messages of a channel count from 0 on; a gap may stand anywhere between them. */
type Step = number | 'gap'

export type LogCounts = {
  /** Each counted once. */
  readonly messages: number
  /** Came again, at a position that was seen before. */
  readonly repeats: number
  readonly gaps: number
  /** Let go for a slow reader, which was told how many. */
  readonly dropped: number
  /** Not there, though nothing was said of it. */
  readonly missing: number
  /** There more than once, at other positions, or before one that it follows. */
  readonly misplaced: number
}

export class ChannelLog {
  /** Where to go on; undefined before the first answer. */
  position: string | undefined
  /** The last number that came. */
  last = -1
  #repeats = 0
  #dropped = 0
  readonly #seen = new Set<string>()
  readonly #steps: Step[] = []

  subscribed(position: string, recovered: boolean): void {
    if (this.position !== undefined && !recovered) this.#steps.push('gap')
    this.position = position
  }

  message(position: string, n: number): void {
    if (this.#seen.has(position)) {
      this.#repeats++
      return
    }
    this.#seen.add(position)
    this.position = position
    this.last = n
    this.#steps.push(n)
  }

  dropped(count: number): void {
    this.#dropped += count
  }

  /** `sent` messages were stored after this one had subscribed. */
  counts(sent: number): LogCounts {
    let [next, gaps, missing, misplaced] = [0, 0, 0, 0]
    let mayMiss = false
    for (const step of [...this.#steps, sent]) {
      if (step === 'gap') {
        gaps++
        mayMiss = true
        continue
      }
      if (step < next) misplaced++
      else {
        if (!mayMiss) missing += step - next
        next = step + 1
      }
      mayMiss = false
    }
    const [messages, repeats, dropped] = [this.#seen.size, this.#repeats, this.#dropped]
    return { messages, repeats, gaps, dropped, missing: missing - dropped, misplaced }
  }
}
