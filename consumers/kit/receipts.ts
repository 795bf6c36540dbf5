// What became of deliveries: receipts of the gateway, brought together with the sends that wait for them.
import type { Arrival, Place } from './record.ts'

export type Wanted = 'written' | 'confirmed'

export type Outcome = {
  /** `unknown`: nothing was heard in time; it may arrive yet, or have arrived. */
  readonly outcome: Wanted | 'failed' | 'unknown'
  /** Why it failed, as TOPICS.md has it. */
  readonly reason?: string
  /** Who it is about: of several sessions of a user the first that got it. */
  readonly target?: string
}

type Waiter = {
  readonly wanted: Wanted
  /** No other session can get it when this fails. */
  readonly isSingle: boolean
  failed: Outcome | undefined
  settle(outcome: Outcome): void
}

/** Receipts that came before their send was known to be stored. */
const mostEarly = 1_000

const nameOf = ({ topic, partition, offset }: Place): string => `${topic}/${partition}/${offset}`

export class Receipts {
  readonly #waiting = new Map<string, Waiter>()
  readonly #early = new Map<string, Outcome[]>()
  readonly #most: number

  /** `most`: sends that may wait at a time. */
  constructor(most = 10_000) {
    this.#most = most
  }

  get isFull(): boolean {
    return this.#waiting.size >= this.#most
  }

  /** Resolves with the first receipt that says so, with a failure where no other can follow, or after `timeoutMs`. */
  wait(place: Place, wanted: Wanted, isSingle: boolean, timeoutMs: number): Promise<Outcome> {
    const name = nameOf(place)
    return new Promise((resolve) => {
      const waiter: Waiter = {
        wanted,
        isSingle,
        failed: undefined,
        settle: (outcome) => {
          clearTimeout(timer)
          this.#waiting.delete(name)
          resolve(outcome)
        },
      }
      const timer = setTimeout(() => waiter.settle(waiter.failed ?? { outcome: 'unknown' }), timeoutMs)
      this.#waiting.set(name, waiter)
      const early = this.#early.get(name) ?? []
      this.#early.delete(name)
      for (const outcome of early) this.#tell(waiter, outcome)
    })
  }

  /** Takes a record of `openclaw.receipts`; what cannot be read is no receipt. */
  onRecord({ message }: Arrival): void {
    const name = message.key?.toString()
    const outcome = toOutcome(message.value)
    if (name === undefined || outcome === undefined) return
    const waiter = this.#waiting.get(name)
    if (waiter) return this.#tell(waiter, outcome)
    this.#early.set(name, [...(this.#early.get(name) ?? []), outcome])
    for (const oldest of this.#early.keys()) {
      if (this.#early.size <= mostEarly) break
      this.#early.delete(oldest)
    }
  }

  /** Nothing more will be heard. */
  close(): void {
    for (const waiter of this.#waiting.values()) waiter.settle(waiter.failed ?? { outcome: 'unknown' })
  }

  #tell(waiter: Waiter, outcome: Outcome): void {
    if (outcome.outcome === 'failed') {
      waiter.failed ??= outcome
      const isOfAll = outcome.target?.startsWith('session:') !== true
      if (waiter.isSingle || isOfAll) waiter.settle(outcome)
    } else if (outcome.outcome === waiter.wanted) waiter.settle(outcome)
  }
}

function toOutcome(value: Buffer | null): Outcome | undefined {
  try {
    const { outcome, reason, target } = JSON.parse(String(value)) as Record<string, unknown>
    if (outcome !== 'written' && outcome !== 'confirmed' && outcome !== 'failed') return undefined
    return {
      outcome,
      ...(typeof reason === 'string' ? { reason } : {}),
      ...(typeof target === 'string' ? { target } : {}),
    }
  } catch {
    return undefined
  }
}
