// Telling outcomes: once for each record, and never letting a listener's mistake stop the lane.
import type { PublishFailure } from '../inbound/ports.ts'
import type { BrokerLog } from './client.ts'
import type { Entry } from './entry.ts'

export type Settle = {
  stored(entry: Entry, partition: number, offset: number): void
  failed(entry: Entry, failure: PublishFailure): void
}

/** Both do nothing for a record whose outcome was told. `onSettled` learns of each that now is. */
export const createSettle = (onSettled: (entry: Entry) => void, log: BrokerLog): Settle => {
  const tell = (entry: Entry, outcome: Parameters<Entry['onOutcome']>[0]) => {
    entry.settled = true
    onSettled(entry)
    try {
      entry.onOutcome(outcome)
    } catch (failed) {
      log.warn({ err: failed }, 'a listener for the outcome of a record failed')
    }
  }
  return {
    stored: (entry, partition, offset) => {
      if (!entry.settled) tell(entry, { ok: true, topic: entry.record.topic, partition, offset })
    },
    failed: (entry, failure) => {
      if (!entry.settled) tell(entry, { ok: false, failure })
    },
  }
}
