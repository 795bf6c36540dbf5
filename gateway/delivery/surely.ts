// Publishes what must not be lost: tries again until Kafka has it, and gives up only where no trying will help.
import { setTimeout as wait } from 'node:timers/promises'
import type { OutgoingRecord, Publisher, PublishFailure, PublishOutcome } from '../inbound/ports.ts'

export type Surely = (record: OutgoingRecord) => Promise<'published' | PublishFailure>

const firstWaitMs = 50
const longestWaitMs = 2_000

const once = (publisher: Publisher, record: OutgoingRecord): Promise<PublishOutcome> =>
  new Promise((resolve) => {
    const taken = publisher.publish(record, resolve)
    if (!taken) resolve({ ok: false, failure: 'broker-unavailable' })
  })

/**
 * Resolves when the record is in Kafka, or with why it never will be: a missing topic or a record too large. Rejects
 * when the node stops (`signal`): then nothing is known. May publish twice after an unknown outcome.
 */
export function createSurely(publisher: Publisher, signal: AbortSignal): Surely {
  return async (record) => {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      const outcome = await once(publisher, record)
      if (outcome.ok) return 'published'
      const hopeless = outcome.failure === 'route-unavailable' || outcome.failure === 'too-large'
      if (hopeless) return outcome.failure
      await wait(waitMs, undefined, { signal })
    }
  }
}
