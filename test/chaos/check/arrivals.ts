// I5: every delivery arrived, or was reported, or its client was told of a gap; and nothing was reported that arrived.
import type { Cast, Receipt } from '../history.ts'
import { sessionsOf } from './addressees.ts'
import type { Deliveries, Original } from './deliveries.ts'
import type { Sessions } from './sessions.ts'
import type { Troubles } from './troubles.ts'
import { type Counts, count, type Violation } from './violation.ts'

export type ArrivalContext = {
  readonly deliveries: Deliveries
  readonly sessions: Sessions
  readonly troubles: Troubles
  readonly cast: Cast
  /** Milliseconds after a delivery was stored within which a gap that is told may be its own. */
  readonly gapWithinMs: number
}

/** A client that does not confirm may lose what was written shortly before its connection ended. */
const unpromisedMs = 15_000
/** Around the time of a report, how long a session has to have been connected to make the report a lie. */
const surelyMs = 1_000
/** Users are looked up in the registry: they must have been there longer, and Redis too. */
const knownMs = 15_000

export function checkArrivals(context: ArrivalContext): { violations: Violation[]; counts: Counts } {
  const { deliveries, sessions, troubles, cast } = context
  const violations: Violation[] = []
  const counts: Counts = { deliveries: 0, delivered: 0, missing: 0 }
  const violate = (how: string, original: Original, detail: string, session?: string) =>
    violations.push({
      invariant: 'I5',
      how,
      detail: `${original.uuid}, stored at ${original.place}: ${detail}`,
      uuids: [original.uuid],
      ...(session === undefined ? {} : { sessions: [session] }),
    })

  /** Whether the session may be of a client that does not confirm. */
  const mayBeCareless = ({ targets }: Original, client: number | undefined): boolean =>
    client === undefined
      ? cast.some(({ user, confirms }) => !confirms && targets.includes(`user:${user}`))
      : cast[client]?.confirms === false

  const judgeMissing = (original: Original, session: string): void => {
    const { at, topic, offset, request } = original
    const client = sessions.clientOf(session)
    const stays = sessions.staysOf(session)
    if (request !== undefined && client !== undefined) {
      const name = `${client}/${request}`
      if (deliveries.answered.has(name)) return count(counts, 'replies to what was answered before')
      if (deliveries.abandoned.has(name)) return count(counts, 'replies to what was refused before')
    }
    const passed = stays.find((stay) => stay.from < at && (stay.reached.get(topic) ?? -1) > offset)
    if (passed && cast[passed.client]?.confirms !== false) {
      const later = `connection ${passed.connection} of client ${passed.client} was open before it came, and got a later record of that log`
      count(counts, 'missing')
      return void violate('skipped while connected', original, later, session)
    }
    if (sessions.gapAfter(session, at, context.gapWithinMs) !== undefined)
      return count(counts, 'told by a gap alone')
    // Where its welcome never came, its connection ended before that.
    const lost = stays.length === 0 || stays.some((stay) => stay.to >= at && stay.to <= at + unpromisedMs)
    if (lost && mayBeCareless(original, client))
      return count(counts, 'lost with the connection of one that does not confirm')
    count(counts, 'missing')
    const whose = client === undefined ? 'a session nobody knows' : `session ${session} of client ${client}`
    violate('missing', original, `for ${whose}; not received, not reported, no gap told`, session)
  }

  const judgeReports = (original: Original, session: string, receipts: readonly Receipt[]): void => {
    const arrived = deliveries.arrivedAt(original.uuid, session) !== undefined
    for (const { reason = '', at } of receipts) {
      count(counts, `reported ${reason}`)
      const isOnly = deliveries.originals.get(original.uuid)?.length === 1
      if (arrived && isOnly && reason !== 'unconfirmed' && reason !== 'lost-range')
        violate('reported though it arrived', original, `reported ${reason} for session ${session}`, session)
      else if (reason === 'no-session' && sessions.wasUp(session, original.at - surelyMs, at + surelyMs))
        violate('reported though connected', original, `no-session for session ${session}`, session)
    }
  }

  const judgeUser = (original: Original, target: string): void => {
    const name = target.slice(5)
    const receipts = deliveries.failuresOf(original, target)
    const mine = [...sessions.clients].filter(([client]) => cast[client]?.user === name)
    for (const { reason = '', at } of receipts) {
      count(counts, `reported ${reason}`)
      if (reason !== 'no-session') continue
      const from = original.at - knownMs
      const up = mine
        .flatMap(([, stays]) => stays)
        .some((stay) => stay.from <= from && stay.to >= at + surelyMs)
      if (up && !troubles.during('redis', from - knownMs, at))
        violate('reported though connected', original, `no-session for ${target}`)
    }
    if (receipts.length === 0 && sessionsOf(original, deliveries).length === 0) {
      count(counts, 'missing')
      violate('never resolved', original, `for ${target}; neither sent on nor reported`)
    }
  }

  markReached(context)
  for (const originals of deliveries.originals.values()) {
    const [first] = originals
    for (const original of originals) {
      for (const target of original.targets) if (target.startsWith('user:')) judgeUser(original, target)
      for (const session of sessionsOf(original, deliveries)) {
        const receipts = deliveries.failuresOf(original, `session:${session}`)
        judgeReports(original, session, receipts)
        if (original !== first) {
          count(counts, 'written twice by a backend')
          continue
        }
        count(counts, 'deliveries')
        if (deliveries.arrivedAt(original.uuid, session)) count(counts, 'delivered')
        else if (receipts.length === 0) judgeMissing(original, session)
      }
    }
  }
  return { violations, counts }
}

/** Notes how far each connection came in each log, by records that were not sent on. */
function markReached({ deliveries, sessions }: ArrivalContext): void {
  for (const [uuid, arrivals] of deliveries.arrivals) {
    const [original] = deliveries.originals.get(uuid) ?? []
    if (original?.log !== 'slot' || deliveries.forwards.has(original.place)) continue
    for (const { client, connection } of arrivals) {
      const reached = sessions.stay(client, connection)?.reached
      if (reached && (reached.get(original.topic) ?? -1) < original.offset)
        reached.set(original.topic, original.offset)
    }
  }
}
