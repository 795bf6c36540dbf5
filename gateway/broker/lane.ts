// One producer with one batch in flight: the next batch is what queued meanwhile, so order holds and nothing has to linger.
import type { KafkaConfig } from '../config/settings.ts'
import { Batch } from './batch.ts'
import type { Entry } from './entry.ts'
import { Producer } from './producer.ts'
import { Queue } from './queue.ts'
import type { Settle } from './settle.ts'
import type { WireOptions } from './wire.ts'

/** Milliseconds between attempts after a failure. */
const firstPause = 50
const longestPause = 250
/** Milliseconds between looks at deadlines. */
const expireEvery = 250

export class Lane {
  readonly #config: KafkaConfig
  readonly #producer: Producer
  readonly #settle: Settle
  readonly #queue = new Queue()
  #batch: Batch | undefined
  #running = false
  #closed = false
  #failed = false
  /** When the attempt under way began; undefined between attempts. */
  #attemptSince: number | undefined
  #expiry: NodeJS.Timeout | undefined
  #wake: (() => void) | undefined

  constructor(options: WireOptions, settle: Settle) {
    this.#config = options.config
    this.#producer = new Producer(options)
    this.#settle = settle
  }

  /** Connects ahead of the first record. Rejects with `BrokerFailure`. */
  async connect(): Promise<void> {
    await this.#producer.connect()
  }

  get healthy(): boolean {
    if (this.#failed) return false
    return (
      this.#attemptSince === undefined || performance.now() - this.#attemptSince < this.#config.stallAfter
    )
  }

  push(entry: Entry): void {
    this.#queue.push(entry)
    // Also while running: a probe without records has no timer, and may take as long as Kafka is away.
    this.#expiry ??= setTimeout(() => this.#expire(), expireEvery)
    if (this.#running) return
    this.#running = true
    // After the reads of this turn of the event loop, so that their frames share the first batch.
    setImmediate(() => void this.#run())
  }

  /** Gives the connections up: the attempt under way ends in doubt, and is made again on new ones. */
  restart(): void {
    this.#producer.interrupt()
  }

  /** Ends now: what is queued was not sent, what is in flight has an open outcome. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#expiry)
    this.#batch?.expire(Number.POSITIVE_INFINITY)
    for (const entry of this.#queue.takeExpired(Number.POSITIVE_INFINITY))
      this.#settle.failed(entry, 'broker-unavailable')
    this.#producer.close()
    this.#wake?.()
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      if (this.#queue.length > 0) {
        this.#batch = new Batch(
          this.#queue.take(this.#config.maxBatch, this.#config.maxBatchBytes),
          this.#producer,
          this.#settle,
        )
        await this.#deliver(this.#batch)
        this.#batch = undefined
      } else if (this.#failed) await this.#probe()
      else break
    }
    this.#running = false
  }

  async #deliver(batch: Batch): Promise<void> {
    for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
      this.#attemptSince = performance.now()
      const health = await batch.attempt()
      this.#attemptSince = undefined
      if (health !== 'idle') this.#failed = health === 'lost'
      batch.prune()
      if (batch.done) return
      if (!batch.mustWait) continue
      await this.#pause(pause)
      batch.prune()
      if (batch.done) return
    }
  }

  /** With nothing left to send, still finds out when Kafka is back: somebody may be waiting for `healthy`. */
  async #probe(): Promise<void> {
    await this.#pause(longestPause)
    if (this.#closed || this.#queue.length > 0) return
    try {
      await this.#producer.probe()
      this.#failed = false
    } catch {
      // still away
    }
  }

  #expire(): void {
    const now = performance.now()
    this.#batch?.expire(now)
    for (const entry of this.#queue.takeExpired(now)) this.#settle.failed(entry, 'broker-unavailable')
    if (this.#batch?.settled && this.#attemptSince !== undefined) this.#producer.interrupt()
    const more = this.#batch !== undefined || this.#queue.length > 0
    this.#expiry = more && !this.#closed ? setTimeout(() => this.#expire(), expireEvery) : undefined
  }

  #pause(ms: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
