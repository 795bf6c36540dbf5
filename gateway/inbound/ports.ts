// What the inbound path needs of a broker: take a record, say what became of it, say when it has taken enough.

/** A record on its way to Kafka. Every record has a key (murmur2 picks the partition) or an explicit partition. */
export type OutgoingRecord = {
  readonly topic: string
  readonly key: string | null
  /** Required when `key` is null. */
  readonly partition?: number
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** Takes the key out of a compacted topic. */
export type Tombstone = Omit<OutgoingRecord, 'value'> & { readonly value: null }

export type Publishable = OutgoingRecord | Tombstone

/**
 * Why a record has no place in the log:
 * `broker-unavailable` it is certainly not stored · `outcome-unknown` it may be · `route-unavailable` the topic is
 * missing or not writable · `too-large` over the topic's limit.
 */
export type PublishFailure = 'broker-unavailable' | 'outcome-unknown' | 'route-unavailable' | 'too-large'

export type PublishOutcome =
  | { readonly ok: true; readonly topic: string; readonly partition: number; readonly offset: number }
  | { readonly ok: false; readonly failure: PublishFailure }

/** Publishes with acks=all, in the order given for one topic and key. */
export type Publisher = {
  /**
   * Takes the record, or answers false when its queue is at its hard limit (then `onOutcome` is never called).
   * `onOutcome` is called exactly once, later, never within this call; it must not throw.
   */
  publish(record: Publishable, onOutcome: (outcome: PublishOutcome) => void): boolean
  /** True from the high mark of the queue until it is below the low one: whoever can should stop reading. */
  readonly pressed: boolean
  /** Tells each change of `pressed`; the answer unregisters. */
  onPressed(listener: (pressed: boolean) => void): () => void
  /** False once an attempt failed or a request has had no answer for `kafka.stallAfter`; true again after a success. */
  readonly healthy: boolean
  /** Records queued and in flight. */
  readonly depth: { readonly count: number; readonly bytes: number }
}
