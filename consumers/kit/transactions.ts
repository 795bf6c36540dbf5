// Consume and reply as one: what the records of a unit say, and that they are done with, is stored together or not at all.
import { toDeadLetter } from './dead-letter.ts'
import { classify } from './failure.ts'
import type { Gate } from './gate.ts'
import { type Context, handle } from './handling.ts'
import { byRecord, type Lane } from './lane.ts'
import { toText } from './log.ts'
import { type Arrival, type Outgoing, offsetOf, placeLater } from './record.ts'
import type { Ledger } from './transport.ts'
import { longestDelayMs, rest } from './within.ts'

export type TransactionOptions = {
  readonly context: Context
  readonly ledgerOf: (lane: Lane) => Ledger
  /** For the records of all units. */
  readonly gate: Gate
}

const firstDelayMs = 50

export class Transactions {
  readonly #options: TransactionOptions
  readonly #ledgers = new Map<Lane, Ledger>()
  /** Lanes whose ledger is open. */
  readonly #open = new Set<Lane>()

  constructor(options: TransactionOptions) {
    this.#options = options
  }

  /** Handles a unit and commits it; answers false where it has to come again. */
  async handle(arrivals: readonly Arrival[], lane: Lane): Promise<boolean> {
    const last = arrivals.at(-1)
    if (!last) return true
    const next = offsetOf(last) + 1
    const floor = await this.#ready(lane)
    if (floor === 'over') return false
    // What the one before us had still committed when we were given the partition.
    const left = arrivals.filter((arrival) => offsetOf(arrival) >= (floor ?? 0))
    const outputs = await this.#work(left, lane)
    if (outputs === undefined) return false
    const refusal = await this.#commit(outputs, next, lane)
    if (typeof refusal === 'boolean') return refusal
    // Something that was said can never be stored, such as a reply to a topic that is not there. Alone it is to blame.
    if (arrivals.length > 1) {
      for (const arrival of left) if (!(await this.handle([arrival], lane))) return false
      return true
    }
    return this.#bury(last, refusal.thrown, lane)
  }

  async #bury(arrival: Arrival, thrown: unknown, lane: Lane): Promise<boolean> {
    const { options, counters, signal } = this.#options.context
    const { deadLetterTopic: topic = `${arrival.topic}.dead` } = options
    const letters = topic === false ? [] : [toDeadLetter(arrival, topic, 1, thrown)]
    counters.dead += 1
    for (;;) {
      const done = await this.#commit(letters, offsetOf(arrival) + 1, lane)
      if (typeof done === 'boolean') return done
      if (!(await rest(longestDelayMs, AbortSignal.any([signal, lane.left])))) return false
    }
  }

  /** Answers whether it is stored, false where it was given up, or why Kafka never will. */
  async #commit(
    outputs: readonly Outgoing[],
    next: number,
    lane: Lane,
  ): Promise<boolean | { readonly thrown: unknown }> {
    const { context } = this.#options
    for (let delay = firstDelayMs; ; delay = Math.min(longestDelayMs, delay * 2)) {
      const reached = await this.#ready(lane)
      if (reached === 'over') return false
      if (reached !== undefined && reached >= next) return true
      try {
        await this.#ledgers.get(lane)?.commit(outputs, next)
        context.counters.transactions += 1
        return true
      } catch (failed) {
        this.#open.delete(lane)
        const verdict = classify(failed)
        if (verdict === 'refused' || verdict === 'record-refused') return { thrown: failed }
        context.log.warn(
          { ...lane.place, failure: toText(failed) },
          'a transaction failed; asking what is stored',
        )
      }
      if (!(await rest(delay, AbortSignal.any([context.signal, lane.left])))) return false
    }
  }

  async leave(lane: Lane): Promise<void> {
    this.#open.delete(lane)
    const ledger = this.#ledgers.get(lane)
    this.#ledgers.delete(lane)
    await ledger?.close()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#ledgers.keys()].map((lane) => this.leave(lane)))
  }

  /** Runs the handler, each key in turn; answers what it says in the order of the records. */
  async #work(arrivals: readonly Arrival[], lane: Lane): Promise<readonly Outgoing[] | undefined> {
    const outputs = new Map<Arrival, Outgoing[]>(arrivals.map((arrival) => [arrival, []]))
    const chains = new Map<string, Promise<boolean>>()
    const all = byRecord(arrivals).map(({ key, arrivals: unit }) => {
      const [arrival] = unit as [Arrival]
      const run = async () => {
        const context = {
          ...this.#options.context,
          // What a failed attempt has said was not said.
          handler: async (received: Parameters<Context['handler']>[0]) => {
            try {
              return await this.#options.context.handler(received)
            } catch (failed) {
              outputs.set(arrival, [])
              throw failed
            }
          },
          publish: (record: Outgoing) => {
            outputs.get(arrival)?.push(record)
            return Promise.resolve(placeLater(record.topic))
          },
        }
        return this.#options.gate(() => handle(unit, lane, context))
      }
      const mine = (key === undefined ? undefined : chains.get(key))?.then(run) ?? run()
      if (key !== undefined) chains.set(key, mine)
      return mine
    })
    const done = await Promise.all(all)
    return done.every(Boolean) ? [...outputs.values()].flat() : undefined
  }

  /** Resolves with what is committed, `undefined` for nothing or where it was open, when the ledger is open. */
  async #ready(lane: Lane): Promise<number | undefined | 'over'> {
    const { context, ledgerOf } = this.#options
    for (let delay = firstDelayMs; ; delay = Math.min(longestDelayMs, delay * 2)) {
      if (lane.left.aborted || context.signal.aborted) return 'over'
      if (this.#open.has(lane)) return undefined
      const ledger = this.#ledgers.get(lane) ?? ledgerOf(lane)
      this.#ledgers.set(lane, ledger)
      try {
        const committed = await ledger.open()
        this.#open.add(lane)
        return committed
      } catch (failed) {
        context.log.warn({ ...lane.place, failure: toText(failed) }, 'no transactions yet; trying on')
      }
      if (!(await rest(delay, AbortSignal.any([context.signal, lane.left])))) return 'over'
    }
  }
}
