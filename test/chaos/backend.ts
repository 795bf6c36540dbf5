// The backend of a run: answers what clients send, and pushes to sessions it knows and to users. It knows no more than Kafka tells it.
import { type Backend, createBackend } from '../../consumers/kit/backend.ts'
import type { Received } from '../../consumers/kit/received.ts'
import type { Random } from '../simulation/random.ts'
import type { Cluster } from '../support/gateway.ts'
import type { Cast, History } from './history.ts'

const tickMs = 20
/** Deliveries without an answer of Kafka; with so many no more are made. */
const mostWaiting = 2_000
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

type Known = { readonly session: string; readonly replyTo: string }

export class ChaosBackend {
  readonly #backend: Backend
  readonly #cluster: Cluster
  readonly #history: History
  readonly #random: Random
  readonly #cast: Cast
  /** Where each client was when it last sent something. */
  readonly #known = new Map<number, Known>()
  readonly #later = new Set<NodeJS.Timeout>()
  #timer: NodeJS.Timeout | undefined
  #made = 0
  #waiting = 0
  handled = 0

  constructor(cluster: Cluster, cast: Cast, history: History, random: Random) {
    this.#cluster = cluster
    this.#cast = cast
    this.#history = history
    this.#random = random
    const { stack, topics } = cluster
    this.#backend = createBackend({
      brokers: stack.brokers,
      // Of its own: runs on one Kafka must not be given each other's topics.
      group: `${cluster.name}-backend`,
      log: silent,
      topics: { dispatch: topics.dispatch },
    })
  }

  /** Deliveries that are not in Kafka yet. */
  get waiting(): number {
    return this.#waiting + this.#later.size
  }

  async start(): Promise<void> {
    // Copies are to be seen here.
    const source = { topic: this.#cluster.echo, concurrency: 64, repeats: false } as const
    await this.#backend.consume(source, (received) => this.#onRecord(received))
  }

  /** Sends `rate` deliveries a second, besides the answers, until `quiet`. */
  push(rate: number): void {
    const since = performance.now()
    let sent = 0
    this.#timer = setInterval(() => {
      const due = ((performance.now() - since) / 1_000) * rate
      for (; sent < due; sent += 1) if (this.#waiting < mostWaiting) this.#push()
    }, tickMs)
  }

  quiet(): void {
    clearInterval(this.#timer)
  }

  async stop(): Promise<void> {
    this.quiet()
    for (const timer of this.#later) clearTimeout(timer)
    await this.#backend.stop(3_000)
  }

  #onRecord(received: Received): void {
    const { session, replyTo, request } = received
    const { client, uuid } = received.json() as { client: number; uuid: string }
    if (session === undefined || replyTo === undefined) return
    this.handled += 1
    this.#known.set(client, { session, replyTo })
    const answers = request !== undefined && this.#random(10) === 0 ? 2 : 1
    const answer = () => {
      for (let left = answers - 1; left >= 0; left -= 1) {
        const [made, more] = [this.#next('r', `session:${session}`, replyTo), left > 0]
        this.#send(received.reply({ uuid: made, to: uuid }, { more }))
      }
    }
    // Some answers take a while, so that clients may have moved by then.
    if (this.#random(20) > 0) return answer()
    const timer = setTimeout(() => {
      this.#later.delete(timer)
      answer()
    }, this.#random(4_000))
    this.#later.add(timer)
  }

  #push(): void {
    const client = this.#random(this.#cast.length)
    if (this.#random(2) === 0) {
      const user = this.#cast[client]?.user ?? ''
      const uuid = this.#next('u', `user:${user}`, this.#cluster.topics.dispatch)
      this.#send(this.#backend.sendTo({ user }, { uuid }, { receipt: 'failed' }))
      return
    }
    const known = this.#known.get(client)
    if (known === undefined) return
    const { session, replyTo } = known
    const to = `session:${session}`
    const uuid = this.#next('s', to, replyTo)
    this.#send(this.#backend.publish(replyTo, { uuid }, { key: session, headers: { ce_to: to } }))
  }

  #next(letter: string, to: string, topic: string): string {
    const uuid = `${letter}${++this.#made}`
    this.#history.add({ e: 'made', at: Date.now(), uuid, to, topic })
    return uuid
  }

  #send(sending: Promise<unknown>): void {
    this.#waiting += 1
    sending
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1
      })
  }
}
