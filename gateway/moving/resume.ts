// How a node finds everything that a returning session has missed: from its position along the takeovers, log by log. Pure.
import { type ControlRecord, isVoid, isWithin, type Range, type Takeover } from './control.ts'
import type { Arrival, Origin } from './slot-state.ts'

/**
 * What a client has: of its session's records in the log of `slot` all from `since` to `next`. `hash` is of the record
 * before `next`, so that another log in its place is noticed.
 */
export type MovingPosition = {
  readonly slot: number
  readonly since: number
  readonly next: number
  readonly hash: number
}

/** One log on the way: read from `from` to this resume's own takeover there. */
export type Leg = {
  readonly slot: number
  from: number
  /** The client has all its records from here to `from`. */
  had: number
  marker: number | undefined
}

export type Resume = {
  readonly session: string
  readonly generation: number
  readonly own: number
  readonly epoch: number
  readonly position: MovingPosition
  readonly ownHash: number
  /** The first is the log of the client's position. */
  readonly legs: Leg[]
  readonly maxLegs: number
  /**
   * Why nothing comes of it: a later connection has the session; or it is over and its deliveries are reported; or a
   * part of a log is gone, or the way leads through more logs than may be read for one session. A session is resumed whole or not at all: after the last two the client gets a new one.
   */
  refused: 'superseded' | 'ended' | 'lost' | undefined
  /** The client's position stays before the first takeover until everything behind it was delivered. */
  cap: number
}

/** What is known of a log before it is read. `hashBefore` of an offset is undefined where that record is gone. */
export type LogView = { readonly start: number; hashBefore(offset: number): number | undefined }

/** Logs that are read for one session at most, its new slot's among them. */
const mostLegs = 8

/**
 * When it comes back refused nothing was written and nothing needs to be. `own.next` is where this node's reader of its
 * own log is; `own.maxLegs` is 8 unless given, and 2 at least.
 */
export function beginResume(
  session: string,
  generation: number,
  position: MovingPosition,
  own: {
    readonly slot: number
    readonly epoch: number
    readonly next: number
    readonly hash: number
    readonly maxLegs?: number
  },
  log: LogView,
): Resume {
  const { slot, next, since } = position
  const whole = next >= log.start && log.hashBefore(next) === position.hash
  const first: Leg = { slot, from: next, had: since, marker: undefined }
  const legs = slot === own.slot ? [first] : [first, legFrom(own.slot, own.next)]
  const maxLegs = Math.max(2, own.maxLegs ?? mostLegs)
  return {
    session,
    generation,
    own: own.slot,
    epoch: own.epoch,
    position,
    ownHash: own.hash,
    legs,
    maxLegs,
    refused: whole ? undefined : 'lost',
    cap: Number.POSITIVE_INFINITY,
  }
}

const legFrom = (slot: number, from: number): Leg => ({ slot, from, had: from, marker: undefined })

/** The record to append to the log of a leg before it is read. */
export function takeoverFor(resume: Resume, leg: Leg): Takeover {
  const { session, generation, own } = resume
  const at = resume.legs.find(({ slot }) => slot === own)?.from ?? 0
  const there = { kind: 'takeover', session, generation, slot: own, at, atHash: resume.ownHash } as const
  return { ...there, from: leg.from, had: leg.had }
}

/**
 * The control records of the session in a leg, up to and without this resume's own takeover at `marker`. Adds the legs
 * that they lead to; they have no marker yet, and those of whom an earlier part is wanted lose theirs.
 */
export function onScanned(
  resume: Resume,
  leg: Leg,
  marker: number,
  log: LogView,
  controls: readonly { readonly offset: number; readonly record: ControlRecord }[],
): void {
  if (leg.from < log.start) resume.refused ??= 'lost'
  leg.marker = marker
  const takeovers: { generation: number; offset: number }[] = []
  for (const { offset, record } of controls) {
    if (offset < leg.from || offset >= marker) continue
    if (record.kind === 'ended' && !takeovers.some((each) => isVoid(record, each))) resume.refused ??= 'ended'
    // Another node has this node's slot, and with it what is for the session there.
    if (record.kind === 'canary' && leg.slot === resume.own && record.epoch > resume.epoch)
      resume.refused = 'superseded'
    if (record.kind !== 'takeover') continue
    takeovers.push({ generation: record.generation, offset })
    onTakeoverSeen(resume, leg, offset, record)
  }
}

function onTakeoverSeen(resume: Resume, leg: Leg, offset: number, record: Takeover): void {
  const { generation, slot, at } = record
  if (generation > resume.generation) resume.refused = 'superseded'
  if (generation >= resume.generation) {
    if (slot !== resume.own) resume.refused = 'superseded'
    return
  }
  if (leg === resume.legs[0]) resume.cap = Math.min(resume.cap, offset)
  const known = resume.legs.find((other) => other.slot === slot)
  if (known === undefined) {
    if (resume.legs.length < resume.maxLegs) resume.legs.push(legFrom(slot, at))
    else resume.refused ??= 'lost'
  } else if (at < known.from && known !== resume.legs[0]) {
    known.from = at
    known.had = at
    known.marker = undefined
  }
}

/** What the sweep covers: copies of these that come as forwards are not written again. */
export const coveredBy = (resume: Resume): Range[] =>
  resume.legs.map(({ slot, had, marker }) => ({ slot, from: had, to: marker ?? had }))

/** Something that the welcome promised has left the log since: close, and the client is told when it returns. */
export const hasLost = (leg: Leg, log: LogView): boolean => log.start > leg.from

/** The position to send with the record behind which the sweep of a leg is; `hash` is of that record. */
export function positionIn(
  resume: Resume,
  leg: Leg,
  offset: number,
  hash: number,
): MovingPosition | undefined {
  if (leg !== resume.legs[0] || offset >= resume.cap) return undefined
  return { slot: leg.slot, since: leg.had, next: offset + 1, hash }
}

/** One name for each first place; undefined where an origin does not say in which log it is. */
function nameOf({ slot, log, offset }: Origin): string | undefined {
  if (slot !== undefined) return `${slot}/${offset}`
  return log === undefined ? undefined : `${log} ${offset}`
}

/** The deliveries of a leg that no earlier leg has brought, in log order. `seen` collects their origins. */
export function toSweep(
  resume: Resume,
  leg: Leg,
  arrivals: readonly Arrival[],
  seen: Set<string>,
): Arrival[] {
  const earlier = coveredBy(resume).slice(0, resume.legs.indexOf(leg))
  return arrivals.filter(({ origin }) => {
    const name = nameOf(origin)
    if ((name !== undefined && seen.has(name)) || isWithin(earlier, origin.slot, origin.offset)) return false
    // The client has it: it named this part of the log as its own.
    const { slot, since, next } = resume.position
    if (origin.slot === slot && origin.offset >= since && origin.offset < next) return false
    if (name !== undefined) seen.add(name)
    return true
  })
}
