// Asks for tokens: one question at a time, whoever asks, and in time before the old one ends.
import type { Settings, TokenReason } from '../settings.ts'

/** Longer than this a timer cannot wait. */
const longestTimerMs = 2 ** 31 - 1

export class Tokens {
  readonly #ask: Settings['token']
  #asking: Promise<string | undefined> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ask: Settings['token']) {
    this.#ask = ask
  }

  /** Undefined for an anonymous client. Rejects with what the program's function threw. */
  get(reason: TokenReason): Promise<string | undefined> {
    this.#asking ??= this.#once(reason).finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** Calls `renew` when the last tenth of the time begins, a minute before the end at the latest. Once; again with each new end. */
  before(expiresAt: Date | undefined, renew: () => void): void {
    this.forget()
    const left = (expiresAt?.getTime() ?? Number.NaN) - Date.now()
    if (this.#ask === undefined || Number.isNaN(left)) return
    const wait = left - Math.min(60_000, left / 10)
    if (wait < longestTimerMs) this.#timer = setTimeout(renew, Math.max(0, wait))
  }

  forget(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #once(reason: TokenReason): Promise<string | undefined> {
    return this.#ask?.(reason)
  }
}
