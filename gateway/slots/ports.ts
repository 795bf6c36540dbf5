// What holding slots and moving sessions needs of a broker beside the slot readers: parts of logs, read without a group.
import type { IncomingRecord } from '../delivery/ports.ts'

/** `start`: the first offset that is kept. `end`: the offset that the next committed record will have, or a later one. */
export type LogEnds = { readonly start: number; readonly end: number }

/** One answer to a read. `next`: everything before it was read. `start`: as in `LogEnds`; above `from`: part was gone. */
export type RangeChunk = {
  readonly records: readonly IncomingRecord[]
  readonly next: number
  readonly start: number
}

/**
 * Reads one partition of a topic, the first unless another is named. Records of aborted transactions and Kafka's own
 * markers are not among the records.
 */
export type LogRanges = {
  /** Rejects with `BrokerFailure` where Kafka has not answered within `timeoutMs`. */
  ends(topic: string, timeoutMs: number, partition?: number): Promise<LogEnds>
  /** How many partitions the topic has by now. Rejects with `BrokerFailure` where Kafka has not answered within `timeoutMs`. */
  partitions(topic: string, timeoutMs: number): Promise<number>
  /**
   * Reads the log from `from` up to and without `to`, in order, one chunk of about 1 MB after the other; `onChunk` must
   * not throw. The first chunk tells by its `start` if the beginning is gone; it then begins at `start`. Resolves when
   * everything before `to` was read or can never be. Rejects with `BrokerFailure` where nothing came for `timeoutMs`,
   * or when `signal` aborts.
   */
  read(
    topic: string,
    from: number,
    to: number,
    options: {
      readonly timeoutMs: number
      readonly signal: AbortSignal
      readonly partition?: number
      onChunk(chunk: RangeChunk): void
    },
  ): Promise<void>
  /**
   * What comes from `from` on, as it comes: calls `onChunk` until `signal` aborts, over errors too (it tries again).
   * Latency of a new record: that of a fetch that waits, no polling pause.
   */
  tail(
    topic: string,
    from: number,
    options: { readonly signal: AbortSignal; readonly partition?: number; onChunk(chunk: RangeChunk): void },
  ): Promise<void>
  /**
   * Records in partition 0 of each topic that its group of the same name has not committed, those that are gone from the log by now among
   * them; topics that cannot be asked are left out.
   */
  lags(topics: readonly string[], timeoutMs: number): Promise<ReadonlyMap<string, number>>
}
