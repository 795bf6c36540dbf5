// Whether what this node knows of keys and revocations is up to date: not after it was frozen, until it has looked again.
import type { Table } from './ports.ts'

export type StandingOptions = {
  readonly tables: readonly Pick<Table, 'current'>[]
  /** This process did not run for so many milliseconds, or a clock was set forward. */
  readonly onFrozen: (ms: number) => void
}

/** Milliseconds for which this process may stand still, and be that late with what it follows. */
const frozenMs = 1_000
const tickMs = 250
const answerMs = 2_000

export class Standing {
  readonly #options: StandingOptions
  // The second clock also runs while a machine is suspended.
  #awakeAt = performance.now()
  #awakeAtWall = Date.now()
  #isDoubtful = true
  #doubts = 0
  #ticking: NodeJS.Timeout | undefined
  #checking: Promise<boolean> | undefined
  #settle: (() => void) | undefined

  constructor(options: StandingOptions) {
    this.#options = options
  }

  /** Called when everything has been read, before anybody hears that it is known: what follows from it is done then. */
  beforeKnown(settle: () => void): void {
    this.#settle = settle
  }

  /** The tables have just been read. */
  start(): void {
    this.#awake()
    this.#isDoubtful = false
    this.#ticking = setInterval(() => this.#tick(), tickMs).unref()
  }

  stop(): void {
    clearInterval(this.#ticking)
  }

  /** Whether nothing that came before the last second can be unknown. Asked for each frame: costs two clock readings. */
  fresh(): boolean {
    if (this.#isDoubtful) return false
    const slept = this.#slept()
    if (slept <= frozenMs) return true
    this.#doubt(slept)
    return false
  }

  /** Looks again where that is in doubt; one look at a time. False: it cannot be known now. */
  check(): Promise<boolean> {
    if (this.fresh()) return Promise.resolve(true)
    this.#checking ??= this.#look().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  async #look(): Promise<boolean> {
    const before = this.#doubts
    this.#awake()
    const known = await Promise.all(this.#options.tables.map((table) => table.current(answerMs)))
    const isSame = before === this.#doubts && this.#slept() <= frozenMs + answerMs
    if (isSame && known.every(Boolean)) {
      this.#settle?.()
      this.#isDoubtful = false
    }
    return this.fresh()
  }

  #tick(): void {
    const slept = this.#slept()
    if (slept > frozenMs) this.#doubt(slept)
    this.#awake()
    if (this.#isDoubtful) void this.check()
  }

  #doubt(slept: number): void {
    this.#awake()
    this.#doubts++
    if (!this.#isDoubtful) this.#options.onFrozen(slept)
    this.#isDoubtful = true
  }

  #awake(): void {
    this.#awakeAt = performance.now()
    this.#awakeAtWall = Date.now()
  }

  #slept(): number {
    return Math.max(performance.now() - this.#awakeAt, Date.now() - this.#awakeAtWall)
  }
}
