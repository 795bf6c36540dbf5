// What can go wrong with the log in memory, for all who write to it: it stands still, or an ack is lost.
import { setTimeout as pause } from 'node:timers/promises'

export class Faults {
  #stall: Promise<void> | undefined
  #acksToLose = 0

  /** Undefined: records are taken at once. */
  get stalled(): Promise<void> | undefined {
    return this.#stall
  }

  /** Nothing is stored from now on, for so many milliseconds; then everything that waited is, in order. */
  stall(ms: number): Promise<void> {
    const before = this.#stall ?? Promise.resolve()
    const mine = before
      .then(() => pause(ms))
      .then(() => {
        if (this.#stall === mine) this.#stall = undefined
      })
    this.#stall = mine
    return mine
  }

  loseAck(): void {
    this.#acksToLose += 1
  }

  /** Whether the ack of a client's record that was just stored is to be lost. */
  takeLoss(): boolean {
    if (this.#acksToLose === 0) return false
    this.#acksToLose -= 1
    return true
  }
}
