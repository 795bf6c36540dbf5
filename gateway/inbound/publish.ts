// From a decoded publish or request to a record in Kafka, and back to its ack or refusal.
import type { Connection } from '../connection/connection.ts'
import { type Refusal, type RefusalCode, refuse } from '../errors.ts'
import type { Publish, Request } from '../protocol/frames.ts'
import type { Place, Seen } from '../session/id-window.ts'
import { attemptOf, type Session } from '../session/session.ts'
import { refuseRate } from './over-rate.ts'
import type { OutgoingRecord, PublishFailure, PublishOutcome } from './ports.ts'
import type { Pressure } from './pressure.ts'
import { openRequest, type RequestDeps, timeoutOf } from './request.ts'
import { payloadOn, recordOn, showsPlace, type Way, type WayDeps, wayOf } from './way.ts'

export type PublishDeps = RequestDeps &
  WayDeps & {
    readonly pressure: Pressure
    readonly cluster: string
    readonly limits: { readonly inflight: number }
  }

const meaning: Record<PublishFailure, string> = {
  'broker-unavailable': 'Kafka did not take it in time; it is not stored, send it again',
  'outcome-unknown': 'Kafka may or may not have stored it; send it again with the same id',
  'route-unavailable': 'the topic of this route is missing or not writable',
  'too-large': 'the record is larger than its topic allows',
}

const retryAfter: Partial<Record<RefusalCode, number>> = {
  'broker-unavailable': 1_000,
  'outcome-unknown': 1_000,
  'route-unavailable': 5_000,
  'too-many-inflight': 100,
}

const refusal = (code: RefusalCode, message: string): Refusal => {
  const retryAfterMs = retryAfter[code]
  return refuse(code, message, retryAfterMs === undefined ? {} : { retryAfterMs })
}

/** Takes one frame of an open session. Every frame with an id is answered once: by an ack, a refusal or replies. */
export function publishFrame(
  deps: PublishDeps,
  connection: Connection,
  session: Session,
  frame: Publish | Request,
): void {
  const now = Date.now()
  const no = (reason: Refusal): void => {
    deps.events.refused(reason.code)
    connection.refuse(reason, frame.id)
  }
  const way = wayOf(deps, connection, session, frame, now)
  if ('code' in way) return no(way)
  const waitMs = 'route' in way ? (connection.traffic?.route(way.route.name) ?? 0) : 0
  if (waitMs > 0) return refuseRate(deps, connection, frame, waitMs)
  if (connection.dialect.enveloped && connection.inflight >= deps.limits.inflight) {
    return no(refusal('too-many-inflight', `at most ${deps.limits.inflight} frames may wait for their ack`))
  }
  if (frame.kind === 'request' && session.requests.full) {
    return no(refusal('too-many-inflight', 'too many requests wait for their replies'))
  }
  const seen = enter(session, frame)
  if (seen !== 'new') return repeated(connection, frame, way, seen)

  const built = build(deps, connection, session, way, frame, now)
  if ('code' in built) {
    if (frame.id !== undefined) session.window.refused(frame.id)
    return no(built)
  }
  const started = performance.now()
  const taken = deps.publisher.publish(built, (outcome) => {
    connection.inflight--
    if (!connection.dialect.enveloped && connection.inflight <= deps.limits.inflight / 2) {
      connection.unpause('inflight')
    }
    settle(deps, connection, session, frame, way, outcome, started)
  })
  if (!taken) {
    if (frame.id !== undefined) session.window.refused(frame.id)
    deps.pressure.feel(connection)
    return no(refusal('broker-unavailable', 'too much is waiting for Kafka already'))
  }
  connection.inflight++
  if (frame.kind === 'request') openRequest(deps, connection, session, frame, built, now)
  if (!connection.dialect.enveloped && connection.inflight >= deps.limits.inflight)
    connection.pause('inflight')
  deps.pressure.feel(connection)
}

function build(
  deps: PublishDeps,
  connection: Connection,
  session: Session,
  way: Way,
  frame: Publish | Request,
  now: number,
): OutgoingRecord | Refusal {
  const taken = payloadOn(way, session, frame)
  if (taken !== undefined && 'code' in taken) return taken
  return recordOn(way, session, frame, {
    cluster: deps.cluster,
    now,
    taken,
    id: frame.id ?? unnamed(connection, session),
    ...(frame.kind === 'request' ? { expiresAt: now + timeoutOf(deps.limits, frame) } : {}),
  })
}

/** A client's own ids hold no colon, so numbering between them never meets one. Raw clients have no ids, and one connection. */
function unnamed(connection: Connection, session: Session): string {
  const number = ++session.unnamed
  if (!connection.dialect.enveloped) return String(number)
  const attempt = attemptOf(session)
  return attempt === 0 ? `:${number}` : `:${attempt}:${number}`
}

/** A request that has ended, by its reply or its time, is sent anew under its id: else nothing would answer it. */
function enter(session: Session, frame: Publish | Request): Seen {
  if (frame.id === undefined) return 'new'
  const seen = session.window.enter(frame.id)
  if (seen === 'new' || frame.kind === 'publish' || session.requests.stateOf(frame.id) === 'open') return seen
  session.window.refused(frame.id)
  return session.window.enter(frame.id)
}

/** The first copy is on its way (its ack answers both), or in Kafka already: then the same ack again. */
function repeated(
  connection: Connection,
  frame: Publish | Request,
  way: Way,
  seen: 'inflight' | Place,
): void {
  if (seen !== 'inflight' && frame.kind === 'publish') ack(connection, way, frame.id, seen)
}

function settle(
  deps: PublishDeps,
  connection: Connection,
  session: Session,
  frame: Publish | Request,
  way: Way,
  outcome: PublishOutcome,
  started: number,
): void {
  if (outcome.ok) {
    deps.events.published(performance.now() - started)
    if (frame.id !== undefined) session.window.acked(frame.id, outcome)
    if (frame.kind === 'publish') ack(connection, way, frame.id, outcome)
    return
  }
  if (frame.id !== undefined) session.window.refused(frame.id)
  if (frame.kind === 'request') {
    // One that timed out or was cancelled meanwhile has been answered.
    if (session.requests.stateOf(frame.id) !== 'open') return
    session.requests.answered(frame.id)
  }
  deps.events.refused(outcome.failure)
  connection.refuse(refusal(outcome.failure, meaning[outcome.failure]), frame.id)
}

function ack(connection: Connection, way: Way, id: string | undefined, place: Place): void {
  if (id === undefined) return
  const shown = showsPlace(way) ? place : { topic: '', partition: 0, offset: 0 }
  connection.send({ kind: 'ack', id, topic: shown.topic, partition: shown.partition, offset: shown.offset })
}
