// All that a topic of channels holds, for this process alone: read from its beginning, and followed from then on.
import { randomUUID } from 'node:crypto'
import type { Backend } from './backend.ts'
import type { Received } from './received.ts'

/** Begins the names of the channels that the marks are on. */
const marks = 'mark.'

/**
 * Tells each record in the order of the topic, which has one partition. Resolves when everything that was in it at the
 * time of the call has been told: it writes a mark, a message on a channel that nobody is on, and waits to read that.
 * What `onRecord` throws is logged, and the record passed.
 */
export async function follow(
  backend: Backend,
  { topic, group }: { readonly topic: string; readonly group: string },
  onRecord: (received: Received) => void,
): Promise<void> {
  const mark = `${marks}${randomUUID()}`
  const caughtUp = Promise.withResolvers<void>()
  const own = `${group}.${mark}`
  const source = { topic, group: own, retries: 0, deadLetterTopic: false, repeats: false } as const
  await backend.consumeBatches(source, (all) => {
    for (const received of all) {
      const { ce_to: to = '' } = received.headers
      if (to === `channel:${mark}`) caughtUp.resolve()
      else if (!to.startsWith(`channel:${marks}`)) onRecord(received)
    }
  })
  await backend.publish(topic, '', { key: mark, headers: { ce_to: `channel:${mark}` } })
  await caughtUp.promise
}
