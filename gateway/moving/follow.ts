// Reading on in the log that a session came from until it is known to have a living holder: early copies, never the only ones. Pure.
import { type ControlRecord, isWithin } from './control.ts'
import type { Arrival, Attached } from './slot-state.ts'

/** The part of `attached.covered` that grows; `next` is the offset to read. */
export type Following = { readonly slot: number; next: number }

/**
 * A delivery for the session in the followed log; of other sessions' records nothing need be said. True: deliver it, with
 * the session's position in its own log.
 */
export function onFollowed(attached: Attached, following: Following, arrival: Arrival): boolean {
  const { origin } = arrival
  const fresh = !isWithin(attached.covered, origin.slot, origin.offset)
  extend(attached, following, arrival.offset)
  return fresh
}

/** `superseded`: a later connection has the session. `stop`: the log has a holder, who sends on from here. */
export function onFollowedControl(
  attached: Attached,
  following: Following,
  offset: number,
  record: ControlRecord,
): 'on' | 'stop' | 'superseded' {
  const answer = endsFollowing(attached, record)
  if (answer === 'on') extend(attached, following, offset)
  return answer
}

/** What a control record of the session, or a canary, means for who follows the log it stands in. */
export function endsFollowing(attached: Attached, record: ControlRecord): 'on' | 'stop' | 'superseded' {
  if (record.kind === 'takeover' && record.generation > attached.generation) return 'superseded'
  return record.kind === 'canary' || record.kind === 'ended' ? 'stop' : 'on'
}

/** What stands between was not of this session, or no record at all. */
function extend({ covered }: Attached, following: Following, offset: number): void {
  const { slot } = following
  following.next = offset + 1
  for (const [index, range] of covered.entries())
    if (range.slot === slot && range.to <= offset) covered[index] = { ...range, to: offset + 1 }
}

/** Nothing else of the session stands before `to` in the followed log. */
export function extendTo(attached: Attached, following: Following, to: number): void {
  if (to <= following.next) return
  attached.covered = attached.covered.map((range) =>
    range.slot === following.slot && range.to === following.next ? { ...range, to } : range,
  )
  following.next = to
}
