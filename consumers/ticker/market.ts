// A made-up market: prices that wander, with an order book each, every tick numbered so that a reader can count what is missing.

export type Tick = {
  /** One more with each tick of this run. */
  readonly n: number
  /** Of this start of the backend: another run counts anew. */
  readonly run: string
  readonly symbol: string
  readonly price: number
  /** Prices and amounts, best first. */
  readonly bids: readonly (readonly [number, number])[]
  readonly asks: readonly (readonly [number, number])[]
}

const symbols = ['ALPHA', 'BRAVO', 'DELTA', 'GAMMA', 'KAPPA', 'OMEGA']
const levels = 20
const toCents = (price: number): number => Math.round(price * 100) / 100

export class Market {
  readonly #run = Date.now().toString(36)
  readonly #prices = symbols.map((_, at) => 80 + 15 * at)
  #n = 0

  /** The next tick of the symbol whose turn it is. */
  next(): Tick {
    const at = this.#n % symbols.length
    const price = Math.max(1, (this.#prices[at] ?? 1) * (1 + (Math.random() - 0.5) / 500))
    this.#prices[at] = price
    this.#n += 1
    const side = (direction: number) =>
      Array.from(
        { length: levels },
        (_, level) =>
          [toCents(price + (direction * (level + 1)) / 20), Math.ceil(Math.random() * 900)] as const,
      )
    const symbol = symbols[at] ?? ''
    return { n: this.#n, run: this.#run, symbol, price: toCents(price), bids: side(-1), asks: side(1) }
  }
}
