// The whole judgement: reads a history once and says which promises were broken, with counts of everything that was seen.
import type { Cast, Entry } from '../history.ts'
import { checkAddressees } from './addressees.ts'
import { checkArrivals } from './arrivals.ts'
import { ClosesCheck } from './closes.ts'
import { Deliveries } from './deliveries.ts'
import { EndsCheck } from './ends.ts'
import { InboundCheck } from './inbound.ts'
import { LivesCheck } from './lives.ts'
import { checkLogOrder } from './log-order.ts'
import { type Recovery, RecoveryCheck } from './recovery.ts'
import { Sessions } from './sessions.ts'
import { Troubles } from './troubles.ts'
import type { Counts, Violation } from './violation.ts'

export type Judgement = {
  readonly violations: readonly Violation[]
  readonly inbound: Counts
  readonly deliveries: Counts
  readonly ends: Counts
  /** How often each fault was done. */
  readonly faults: ReadonlyMap<string, number>
  readonly recovery: readonly Recovery[]
  /** Kinds of session events on the events topic. */
  readonly events: Counts
  readonly quarantined: readonly string[]
}

export type CheckOptions = {
  readonly cast: Cast
  /** Milliseconds after a delivery was stored within which a gap that is told may be its own. */
  readonly gapWithinMs: number
  /** Milliseconds that a client has to confirm what it got. Default 60 s, as the setting's. */
  readonly confirmTimeoutMs?: number
  /** Milliseconds after the end of a connection for which its session must be found again. Default: not looked at. */
  readonly surelyResumableMs?: number
}

/** `entries`: what happened in order, then the logs, each partition in order of its offsets. */
export async function check(
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  { cast, gapWithinMs, confirmTimeoutMs = 60_000, surelyResumableMs = 0 }: CheckOptions,
): Promise<Judgement> {
  const [troubles, sessions, deliveries] = [new Troubles(), new Sessions(), new Deliveries()]
  const [inbound, ends] = [new InboundCheck(troubles), new EndsCheck(cast)]
  const [closes, recovery] = [new ClosesCheck(confirmTimeoutMs), new RecoveryCheck()]
  const lives = new LivesCheck(troubles, surelyResumableMs)
  const quarantined: string[] = []
  for await (const entry of entries) {
    for (const part of [troubles, sessions, deliveries, inbound, ends, closes, recovery, lives])
      part.take(entry)
    if (entry.e === 'quarantined') quarantined.push(`${entry.origin}: ${entry.detail}`)
  }
  inbound.finish()
  ends.finish()
  lives.finish()
  const arrivals = checkArrivals({ deliveries, sessions, troubles, cast, gapWithinMs })
  const violations = [
    ...inbound.violations,
    ...checkAddressees(deliveries, cast),
    ...arrivals.violations,
    ...checkLogOrder(deliveries),
    ...ends.violations,
    ...closes.violations,
    ...lives.violations,
    ...quarantined.map((detail) => ({ invariant: 'I5', how: 'quarantined', detail }) as const),
  ]
  const more = { repeats: deliveries.repeats, sessions: sessions.sessions.length, 'gaps told': sessions.gaps }
  return {
    violations,
    inbound: inbound.counts,
    deliveries: { ...arrivals.counts, ...more },
    ends: { ...ends.counts, ...closes.counts },
    faults: troubles.byKind,
    recovery: recovery.finish(),
    events: lives.counts,
    quarantined,
  }
}
