// How far all has been handled, where the handling of several may be under way and end in any order.

export type Ticket = { readonly position: string; done: boolean }

export class Watermark {
  #open: Ticket[] = []

  /** What has arrived and is not behind the mark. */
  get size(): number {
    return this.#open.length
  }

  /** Positions are added in the order in which they came. */
  add(position: string): Ticket {
    const ticket = { position, done: false }
    this.#open.push(ticket)
    return ticket
  }

  /** Answers the position up to which all is handled now, if that has moved. */
  done(ticket: Ticket): string | undefined {
    ticket.done = true
    const first = this.#open.findIndex((each) => !each.done)
    const passed = this.#open.splice(0, first < 0 ? this.#open.length : first)
    return passed.at(-1)?.position
  }

  /** Another session: positions of this one are of no more use. */
  clear(): void {
    this.#open = []
  }
}
