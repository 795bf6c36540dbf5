// Tells backends what happens to sessions: never in the way of whoever tells, in order for each session, until Kafka has it.
import type { Events } from '../events.ts'
import type { Publisher, PublishFailure } from '../inbound/ports.ts'
import type { ReapOptions } from '../registry/ports.ts'
import {
  type EventSubject,
  type SessionEventContext,
  type SessionEventKind,
  toSessionEvents,
} from './event-records.ts'
import { Lines } from './lines.ts'

/** Events that wait for Kafka; one more is dropped and counted. */
const mostWaiting = 50_000
/** The end of a session is dropped only past this: it is what nobody could find out otherwise. */
const mostWaitingWithEnds = 100_000
/** In ms: for the final events of one chunk of a reaper, which keeps what was not told for its next round. */
const reportMs = 20_000

/** The reason of the final event that a reaper writes. */
export const notResumed = 'not-resumed'

export type SessionEvents = {
  connected(subject: EventSubject): void
  resumed(subject: EventSubject): void
  /** `reason`: the name of the close, as in `closes`. */
  detached(subject: EventSubject, reason: string): void
  ended(subject: EventSubject, reason: string): void
  /**
   * The `report` of a reaper: resolves when Kafka has the final event of each entry, and rejects where it has not after
   * twenty seconds, so that the entries stay and the next round tells again.
   */
  reaped: ReapOptions['report']
  /** Events that Kafka does not have yet. */
  readonly waiting: number
  /** Waits up to `timeoutMs` until Kafka has all; what is not there then is dropped, and what comes later, too. */
  stop(timeoutMs: number): Promise<void>
}

/** Use a publisher whose other records may be mixed with these: at most a thousand are handed to it at a time. */
export function createSessionEvents(
  publisher: Publisher,
  context: SessionEventContext,
  events: Pick<Events, 'sessionEvent' | 'sessionEventsLost'>,
): SessionEvents {
  const lines = new Lines(publisher)
  let losing = false

  const count = (failure: PublishFailure | 'dropped' | undefined): void => {
    events.sessionEvent(failure ?? 'published')
    // One line in the log for all that is lost in a row.
    if (failure !== undefined && !losing) events.sessionEventsLost(failure)
    losing = failure !== undefined
  }

  const add = (
    kind: SessionEventKind,
    subject: EventSubject,
    reason: string | undefined,
    onEnd: (failure: PublishFailure | undefined) => void,
    deadline?: number,
  ): void => {
    const time = Date.now()
    const event = { kind, subject, time, ...(reason === undefined ? {} : { reason }) }
    lines.add(subject.session, {
      toRecords: () => toSessionEvents(context, event),
      onEnd,
      ...(deadline === undefined ? {} : { deadline }),
    })
  }

  const tell = (kind: SessionEventKind, subject: EventSubject, reason?: string): void => {
    if (lines.size >= (kind === 'ended' ? mostWaitingWithEnds : mostWaiting)) count('dropped')
    else add(kind, subject, reason, count)
  }

  return {
    connected: (subject) => tell('connected', subject),
    resumed: (subject) => tell('resumed', subject),
    detached: (subject, reason) => tell('detached', subject, reason),
    ended: (subject, reason) => tell('ended', subject, reason),
    async reaped(entries) {
      if (lines.size + entries.length > mostWaitingWithEnds) throw notTold(entries.length, 'dropped')
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      let left = entries.length
      if (left === 0) return
      const deadline = performance.now() + reportMs
      const timer = setTimeout(() => reject(notTold(left, 'broker-unavailable')), reportMs)
      for (const entry of entries)
        add(
          'ended',
          entry,
          notResumed,
          (failure) => {
            events.sessionEvent(failure ?? 'published')
            if (failure !== undefined) reject(notTold(left, failure))
            else left -= 1
            if (left === 0) resolve()
          },
          deadline,
        )
      await promise.finally(() => clearTimeout(timer))
    },
    get waiting() {
      return lines.size
    },
    stop: (timeoutMs) => lines.stop(timeoutMs),
  }
}

const notTold = (count: number, why: string): Error =>
  new Error(`${count} final session events are not in Kafka: ${why}`)
