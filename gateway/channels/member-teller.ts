// Has comings and goings told: each becomes a record in its channel's topic, and is told once Kafka has that.
import type { Append } from '../delivery/surely.ts'
import { toMemberRecord } from './member-records.ts'
import type { MemberChange } from './members-port.ts'

export type TellerDeps = {
  readonly append: Append
  /** The topic with the messages of a channel; undefined if there is no such channel. */
  topicOf(channel: string): string | undefined
  readonly secret: string
  readonly signal: AbortSignal
  onFailure(what: string, failure: unknown): void
}

/** On their way to Kafka at a time. */
const mostAtOnce = 500
/** In ms: what Kafka does not have by then is told in a later round. */
const reportMs = 20_000

export class Teller {
  readonly #deps: TellerDeps
  readonly #going = new Set<Promise<unknown>>()

  constructor(deps: TellerDeps) {
    this.#deps = deps
  }

  /** `sessions`: how many the user has there. `onTold` is called where nobody needs to try again. */
  tell(change: MemberChange, sessions: number, onTold?: () => void): void {
    const { signal, onFailure } = this.#deps
    const told = this.#append(change, sessions, signal)
      .catch((failure: unknown) => {
        if (signal.aborted) throw failure
        // The topic takes no records, so nobody can be told.
        onFailure('a member could not be told', failure)
      })
      .then(onTold, () => undefined)
    this.#going.add(told)
    void told.finally(() => this.#going.delete(told))
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.#going.size >= mostAtOnce) await Promise.race(this.#going)
  }

  /** Resolves when Kafka has all of them; rejects where it has not in time, or the node stops. */
  async tellAll(changes: readonly MemberChange[]): Promise<void> {
    const either = AbortSignal.any([AbortSignal.timeout(reportMs), this.#deps.signal])
    const tellOne = async (change: MemberChange): Promise<void> => {
      await this.#append(change, 0, either).catch((failure: unknown) => {
        if (either.aborted) throw failure
        this.#deps.onFailure('a member could not be told', failure)
      })
    }
    await Promise.all(changes.map(tellOne))
  }

  async #append(change: MemberChange, sessions: number, signal: AbortSignal): Promise<void> {
    const topic = this.#deps.topicOf(change.channel)
    if (topic === undefined) return
    await this.#deps.append(toMemberRecord({ ...change, sessions }, topic, this.#deps.secret), signal)
  }
}
