// Where the partitions of topics are: asked of Kafka topic by topic, so that one missing topic never hurts another.
import { BrokerFailure, type FailureKind, kindOfCode } from './failure.ts'
import type { Wire } from './wire.ts'

/** Milliseconds after which what is known is asked again in passing, to see partitions that were added. */
const refreshAfter = 300_000
/** Milliseconds for which a topic that was missing is not asked for again. */
const missingFor = 1_000

type Metadata = {
  readonly brokers: readonly { nodeId: number; host: string; port: number }[]
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number
    readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[]
  }[]
}

/** The node number of each partition's leader, by partition; -1 while there is none. */
export type Leaders = readonly number[]
type Known = { readonly leaders: Leaders; readonly at: number; stale: boolean }

/** The error says what kind of absence it is: `topic-missing`, `not-writable`, or no answer. */
const fetchLeaders = async (wire: Wire, topic: string): Promise<Leaders> => {
  const { brokers, topicMetadata } = await wire.ask<Metadata>('any', 'Metadata', {
    topics: [topic],
    allowAutoTopicCreation: false,
  })
  wire.learn(brokers)
  const found = topicMetadata[0]
  const kind: FailureKind | undefined = !found
    ? 'topic-missing'
    : found.topicErrorCode === 0
      ? undefined
      : kindOfCode(found.topicErrorCode)
  if (kind !== undefined || !found) throw new BrokerFailure(kind ?? 'topic-missing', topic)
  const leaders: number[] = []
  for (const { partitionId, leader } of found.partitionMetadata) leaders[partitionId] = leader
  return leaders
}

/** A cache in front of Kafka's metadata. Bounded by the topics that exist and those asked for within a second. */
export class Places {
  readonly #wire: Wire
  readonly #known = new Map<string, Known>()
  readonly #missing = new Map<string, { readonly until: number; readonly failure: BrokerFailure }>()

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** What is known now, without asking. */
  peek(topic: string): Leaders | undefined {
    const known = this.#known.get(topic)
    if (!known || known.stale) return undefined
    if (performance.now() - known.at > refreshAfter) {
      this.#known.set(topic, { ...known, at: performance.now() })
      this.#ask(topic).catch(() => {}) // what was known still serves
    }
    return known.leaders
  }

  /** The leaders of a topic's partitions. Rejects with the kind of failure; a missing topic is remembered for 1 s. */
  async leaders(topic: string): Promise<Leaders> {
    const known = this.peek(topic)
    if (known) return known
    const missing = this.#missing.get(topic)
    if (missing && performance.now() < missing.until) throw missing.failure
    return this.#ask(topic)
  }

  /** Whether the topic was there once: then its absence is more likely trouble than a mistake. */
  wasKnown(topic: string): boolean {
    return this.#known.has(topic)
  }

  /** What is known of the topic is out of date. */
  outdate(topic: string): void {
    const known = this.#known.get(topic)
    if (known) known.stale = true
  }

  /** The topic is gone. */
  forget(topic: string): void {
    this.#known.delete(topic)
  }

  async #ask(topic: string): Promise<Leaders> {
    try {
      const leaders = await fetchLeaders(this.#wire, topic)
      this.#missing.delete(topic)
      this.#known.set(topic, { leaders, at: performance.now(), stale: false })
      return leaders
    } catch (failed) {
      const failure = failed as BrokerFailure
      if (failure.kind === 'topic-missing' || failure.kind === 'not-writable') {
        const now = performance.now()
        for (const [name, { until }] of this.#missing) if (until < now) this.#missing.delete(name)
        this.#missing.set(topic, { until: now + missingFor, failure })
      }
      throw failure
    }
  }
}
