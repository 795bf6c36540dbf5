// Publishes what must not be lost: tries again until Kafka has it, and gives up only where no trying will help.
import { setTimeout as wait } from 'node:timers/promises'
import type { OutgoingRecord, Publisher, PublishFailure, PublishOutcome } from '../inbound/ports.ts'

/**
 * Resolves when the record is in Kafka, or with why it never will be: a missing topic or a record too large. Rejects
 * when the node stops: then nothing is known. May publish twice after an unknown outcome.
 */
export type Surely = (record: OutgoingRecord) => Promise<'published' | PublishFailure>

/** As `Surely`, and answers the offset of the last copy. Rejects where it never will be in Kafka, too. */
export type Append = (record: OutgoingRecord, signal?: AbortSignal) => Promise<number>

const firstWaitMs = 50
const longestWaitMs = 2_000

const once = (publisher: Publisher, record: OutgoingRecord): Promise<PublishOutcome> =>
  new Promise((resolve) => {
    const taken = publisher.publish(record, resolve)
    if (!taken) resolve({ ok: false, failure: 'broker-unavailable' })
  })

async function insist(
  publisher: Publisher,
  record: OutgoingRecord,
  signal: AbortSignal,
): Promise<PublishOutcome> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    signal.throwIfAborted()
    const outcome = await once(publisher, record)
    if (outcome.ok || outcome.failure === 'route-unavailable' || outcome.failure === 'too-large')
      return outcome
    await wait(waitMs, undefined, { signal })
  }
}

export function createSurely(publisher: Publisher, signal: AbortSignal): Surely {
  return async (record) => {
    const outcome = await insist(publisher, record, signal)
    return outcome.ok ? 'published' : outcome.failure
  }
}

export function createAppend(publisher: Publisher, stopped: AbortSignal): Append {
  return async (record, signal) => {
    const either = signal === undefined ? stopped : AbortSignal.any([signal, stopped])
    const outcome = await insist(publisher, record, either)
    if (!outcome.ok) throw new Error(`${record.topic} does not take records: ${outcome.failure}`)
    return outcome.offset
  }
}
