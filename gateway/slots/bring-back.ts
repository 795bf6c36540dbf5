// Brings a session back from wherever it was: marks its logs as read to here by this node, and collects what it missed.
import type { Append } from '../delivery/surely.ts'
import type { Range } from '../moving/control.ts'
import { onOpened, onOpening } from '../moving/on-session.ts'
import {
  beginResume,
  coveredBy,
  type Leg,
  type LogView,
  onScanned,
  positionIn,
  type Resume,
  takeoverFor,
  toSweep,
} from '../moving/resume.ts'
import type { NotBack, Returning } from '../session/ports.ts'
import { noRecord, type Position, recordHash } from '../session/position.ts'
import { toControl } from './control-records.ts'
import { lookAfter } from './look-after.ts'
import type { Item } from './read-record.ts'
import type { SlotLog } from './slot-log.ts'
import type { Sweeper } from './sweeper.ts'
import type { Found } from './wishes.ts'

/** A missed delivery, and the position to send with it; undefined: the one before still stands. */
export type Missed = { readonly item: Item; readonly position: Position | undefined }

export type BroughtBack = Returning & {
  readonly position: Position
  readonly covered: readonly Range[]
  readonly missed: readonly Missed[]
  /** Logs of other slots that it came from. */
  readonly others: readonly Leg[]
  /** The client has everything up to here in the log of this node's slot once all that was missed is written. */
  readonly next: number
  readonly hash: number
  /** Lets go of what was collected. */
  release(): void
}

export type BringBackDeps = {
  readonly sweeper: Sweeper
  readonly append: Append
  readonly secret: string
  readonly slots: number
  readonly slotTopic: string
}

/** What was read of one leg, in pieces. */
type Reading = { readonly from: number; readonly pieces: Found[]; next: number }

/** Rejects where Kafka does not answer; what it wrote by then does no harm. */
export async function bringBack(
  deps: BringBackDeps,
  log: SlotLog,
  session: string,
  generation: number,
  position: Position,
): Promise<NotBack | BroughtBack> {
  if (position.slot >= deps.slots) return 'lost'
  const { state } = log
  onOpening(state, session)
  const readings = new Map<number, Reading>()
  const release = (): void => {
    for (const { pieces } of readings.values()) for (const piece of pieces) deps.sweeper.release(piece)
    readings.clear()
  }
  try {
    const first = await deps.sweeper.collect(position.slot, position.next, 'end', session)
    if (first === 'too-much') return 'lost'
    // The log ends before: it is another one than the client knows.
    if (first.next < position.next) return 'lost'
    readings.set(position.slot, { from: position.next, pieces: [first], next: first.next })
    const { next, hash } = log.here
    const own = { slot: state.slot, epoch: state.epoch, next, hash }
    const resume = beginResume(session, generation, position, own, viewOf(first, position))
    await markAndRead(deps, log, resume, readings)
    if (resume.refused !== undefined) {
      release()
      return resume.refused
    }
    return collected(log, resume, readings, release)
  } catch (failure) {
    release()
    throw failure
  } finally {
    onOpened(state, session)
    // What came for it meanwhile was not asked about, as it was just being opened.
    lookAfter(log, session)
  }
}

/** A place that no record stood before proves nothing, and nothing is missing before it. */
const viewOf = ({ start, hashBefore }: Found, position: Position): LogView => ({
  start,
  hashBefore: () => (position.hash === noRecord && hashBefore === undefined ? noRecord : hashBefore),
})

/** Appends the takeover of each leg and reads up to it, until no leg is left that leads to another. */
async function markAndRead(
  deps: BringBackDeps,
  log: SlotLog,
  resume: Resume,
  readings: Map<number, Reading>,
): Promise<void> {
  const markers = new Map<number, number>()
  while (resume.refused === undefined) {
    const open = resume.legs.filter(({ marker }) => marker === undefined)
    if (open.length === 0) return
    const read = await Promise.all(
      open.map(async (leg) => ({ leg, ...(await readLeg(deps, resume, leg, readings, markers)) })),
    )
    if (log.owner.ended) throw new Error('the slot was lost')
    for (const { leg, marker, reading } of read) {
      if (reading === 'too-much') resume.refused ??= 'lost'
      // What another leg of this round has shown may ask for an earlier part of this one: then it is read again.
      else if (leg.from >= reading.from) onScanned(resume, leg, marker, ...seenIn(reading))
    }
  }
}

function seenIn({ pieces }: Reading): [LogView, Found['controls']] {
  const start = Math.max(...pieces.map((piece) => piece.start))
  return [{ start, hashBefore: () => undefined }, pieces.flatMap(({ controls }) => controls)]
}

/** The takeover is appended once for each log, however often that is read. */
async function readLeg(
  deps: BringBackDeps,
  resume: Resume,
  leg: Leg,
  readings: Map<number, Reading>,
  markers: Map<number, number>,
): Promise<{ marker: number; reading: 'too-much' | Reading }> {
  const { slot, from } = leg
  let marker = markers.get(slot)
  if (marker === undefined) {
    const topic = `${deps.slotTopic}${slot}`
    marker = await deps.append(toControl(takeoverFor(resume, leg), topic, deps.secret))
    markers.set(slot, marker)
  }
  let reading = readings.get(slot)
  if (reading === undefined || from < reading.from) {
    for (const piece of reading?.pieces ?? []) deps.sweeper.release(piece)
    reading = { from, pieces: [], next: from }
    readings.set(slot, reading)
  }
  if (reading.next <= marker) {
    const rest = await deps.sweeper.collect(slot, reading.next, marker + 1, resume.session)
    if (rest === 'too-much') return { marker, reading: rest }
    reading.pieces.push(rest)
    reading.next = rest.next
  }
  return { marker, reading }
}

function collected(
  log: SlotLog,
  resume: Resume,
  readings: ReadonlyMap<number, Reading>,
  release: () => void,
): BroughtBack {
  const seen = new Set<string>()
  const missed = resume.legs.flatMap((leg) => {
    const marker = leg.marker ?? leg.from
    const arrivals = (readings.get(leg.slot)?.pieces ?? [])
      .flatMap((piece) => piece.arrivals)
      .filter(({ offset }) => offset >= leg.from && offset < marker)
    return toSweep(resume, leg, arrivals, seen).map((arrival): Missed => {
      const item = arrival.body as Item
      const hash = recordHash(item.record.timestamp, item.record.value)
      return { item, position: positionIn(resume, leg, arrival.offset, hash) }
    })
  })
  const own = resume.legs.find(({ slot }) => slot === log.state.slot)
  const next = (own?.marker ?? log.state.next - 1) + 1
  return {
    since: own?.had ?? next,
    position: resume.position,
    covered: coveredBy(resume),
    missed,
    others: resume.legs.filter(({ slot }) => slot !== log.state.slot),
    next,
    hash: readings.get(log.state.slot)?.pieces.at(-1)?.hashAtEnd ?? noRecord,
    release,
  }
}
