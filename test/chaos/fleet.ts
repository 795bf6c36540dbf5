// The clients of a run and what they send: numbered frames, at a rate, over connections that faults mistreat.
import type { Random } from '../simulation/random.ts'
import type { ClientEvent } from '../support/client-events.ts'
import { tokenFor } from '../support/keys.ts'
import { ResumingClient, type ResumingOptions } from '../support/resuming-client.ts'
import type { ChaosClient } from './chaos-client.ts'
import type { Cast, History } from './history.ts'
import type { Nodes } from './nodes.ts'

/** Frames of one client without an answer; one that waits for so many sends nothing new. */
const mostWaiting = 100
const tickMs = 10
const tokenSeconds = 86_400

/** The client of the tests. */
export const plainClient = (options: ResumingOptions): ResumingClient => new ResumingClient(options)

export class Fleet<Client extends ChaosClient = ChaosClient> {
  readonly cast: Cast
  readonly clients: readonly Client[]
  /** Set for a time for one client: the node that it has to take next. */
  readonly steered = new Map<number, number>()
  readonly #history: History
  readonly #random: Random
  readonly #sequences: number[]
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  /** Grows with everything that clients receive. */
  received = 0
  /** Frames that were not sent, as too many of that client waited. */
  heldBack = 0

  constructor(
    count: number,
    nodes: Nodes,
    history: History,
    random: Random,
    make: (options: ResumingOptions) => Client,
  ) {
    this.#history = history
    this.#random = random
    this.#sequences = Array.from({ length: count }, () => 0)
    // Every tenth shares the user of the one before, so that some users have two sessions; every eighth does not confirm.
    this.cast = this.#sequences.map((_, n) => ({
      user: `u${n % 10 === 9 ? n - 1 : n}`,
      confirms: n % 8 !== 7,
    }))
    const tokens = new Map<string, Promise<string>>()
    this.clients = this.cast.map(({ user, confirms }, n) => {
      const token = tokens.get(user) ?? tokenFor(user, { ttl: tokenSeconds })
      tokens.set(user, token)
      return make({
        port: () => this.steered.get(n) ?? nodes.ports[random(Math.max(1, nodes.ports.length))],
        token: () => token,
        instance: `c${n}`,
        confirms: confirms ? { every: 20, afterMs: 300 } : undefined,
        pipelines: n % 3 === 0,
        forgets: true,
        random: () => random(1_000) / 1_000,
        onEvent: (event) => this.#on(n, event),
      })
    })
  }

  /** Starts all, over a second. */
  start(): void {
    for (const [n, client] of this.clients.entries())
      setTimeout(() => client.start(), (n * 1_000) / this.clients.length)
  }

  /** Sends `rate` frames a second until `quiet`. */
  load(rate: number): void {
    const since = performance.now()
    let sent = 0
    this.#timer = setInterval(() => {
      const due = ((performance.now() - since) / 1_000) * rate
      for (; sent < due; sent += 1) this.#send(this.#random(this.clients.length))
    }, tickMs)
  }

  quiet(): void {
    clearInterval(this.#timer)
  }

  stop(): void {
    this.#stopped = true
    this.quiet()
    for (const client of this.clients) client.stop()
  }

  /** `share` of the clients, at least one, each once. */
  some(share: number, random: Random): number[] {
    const wanted = Math.max(1, Math.round(this.clients.length * share))
    const picked = new Set<number>()
    while (picked.size < wanted) picked.add(random(this.clients.length))
    return [...picked]
  }

  #send(n: number): void {
    const client = this.clients[n]
    if (client === undefined) return
    if (client.waiting >= mostWaiting) {
      this.heldBack += 1
      return
    }
    const sequence = (this.#sequences[n] ?? 0) + 1
    this.#sequences[n] = sequence
    const uuid = `i${n}-${sequence}`
    const key = `c${n}-${sequence % 2}`
    const payload = { uuid, client: n, text: 'x'.repeat(60) }
    const what = { id: uuid, route: 'echo', key, sequence, payload }
    if (this.#random(5) === 0) client.send({ kind: 'request', timeoutMs: 120_000, ...what })
    else client.send({ kind: 'publish', ...what })
  }

  #on(n: number, event: ClientEvent): void {
    const at = Date.now()
    if (event.kind === 'received') {
      this.received += 1
      const { payload: _, ...rest } = event
      this.#history.add({ e: 'client', at, client: n, ...rest })
    } else if (event.kind === 'sent') {
      const what = { ...event.what, payload: undefined }
      this.#history.add({ e: 'client', at, client: n, ...event, what })
    } else this.#history.add({ e: 'client', at, client: n, ...event })
    // What sent it away is told by the history; the run goes on with it.
    if (event.kind !== 'closed' || this.clients[n]?.ended === undefined || this.#stopped) return
    setTimeout(() => {
      if (!this.#stopped) this.clients[n]?.start()
    }, 500)
  }
}
