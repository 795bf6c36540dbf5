// What the kit needs of a log: Kafka's is in kafka-transport.ts, that of the test kit in memory. Everything else stands on this.
import type { KitLog } from './log.ts'
import type { Arrival, Batch, Outgoing, Partition, Place } from './record.ts'

export type Sender = {
  /** Resolves once the record is stored with acks=all; waits out any outage. Rejects if it cannot be stored. */
  send(record: Outgoing): Promise<Place>
  /** True while the log takes no records. */
  readonly away: boolean
  /** Waits so long for what is queued, then rejects the rest. Answers whether all was sent. */
  close(timeoutMs: number): Promise<boolean>
}

/** A member of a group as it reads: what it is told, and what it asks. */
export type Reading = {
  readonly group: string
  readonly topics: readonly string[]
  readonly sessionTimeoutMs: number
  /** No further batches from here on: what is in hand is waited for, committed, and the group left. */
  readonly signal: AbortSignal
  readonly log: KitLog
  /**
   * The partitions it has from now on; undefined: it is no member. `isSame`: it was one ever since it was told the last
   * time.
   */
  onAssigned(partitions: readonly Partition[] | undefined, isSame: boolean): void
  /** Takes the batch when there is room for it; answers false where it does not. `beat` may reject. */
  onBatch(batch: Batch, beat: () => Promise<void>): Promise<boolean>
  /** Offsets that should be committed and are not. */
  committable(): readonly Place[]
  onCommitted(offsets: readonly Place[]): void
  /** Resolves when nothing is in hand. */
  idle(): Promise<void>
}

/** Output and offset of one partition as one: all of a commit is stored, or nothing. */
export type Ledger = {
  /** Shuts out whoever had the partition before, and answers the offset that is committed by now; undefined: none is. */
  open(): Promise<number | undefined>
  /** Rejects where it is not known: `open` tells then. */
  commit(records: readonly Outgoing[], next: number): Promise<void>
  close(): Promise<void>
}

export type Transport = {
  sender(log: KitLog): Sender
  /** Resolves when this member has joined its group, with a promise of its end. */
  read(reading: Reading): Promise<{ readonly ended: Promise<void> }>
  ledger(group: string, partition: Partition, log: KitLog): Ledger
  /** Tells every record of the topic that comes from now on, without a group. Resolves when "now" is fixed. */
  tail(
    topic: string,
    options: {
      readonly log: KitLog
      readonly signal: AbortSignal
      onRecord(arrival: Arrival): void
    },
  ): Promise<void>
}
