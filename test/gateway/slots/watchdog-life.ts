// A node's life second by second, as the watchdog sees it.
import { look, needsProbe, unwatched, type WatchFacts } from '../../../gateway/slots/watchdog.ts'

export const second = 1_000
export const graceMs = 30 * second
const every = 5 * second

/** What a second of a node's life is like. All is well where nothing is said. */
export type Second = {
  acks?: boolean
  returns?: boolean
  kafka?: boolean
  slot?: boolean
  /** Records read in this second, other than canaries. */
  reads?: number
  held?: boolean
  /** Seconds that the process sleeps before this one. */
  sleeps?: number
}

type World = { now: number; sent?: number; produced?: number; returned?: number; next: number; held?: number }

/** Lives the seconds one after the other, a canary each five, and answers the decisions that were not `fine`. */
export function live(seconds: readonly Second[]): string[] {
  const world: World = { now: 1_000_000, next: 0 }
  let watch = unwatched
  return seconds.flatMap((given, n) => {
    const {
      acks = true,
      returns = true,
      kafka = true,
      slot = true,
      reads = 0,
      held = false,
      sleeps = 0,
    } = given
    world.now += second * (1 + sleeps)
    if (!slot) delete world.held
    else world.held ??= world.now
    if (slot && n % (every / second) === 0) world.sent = world.now
    if (kafka && slot && acks && world.sent !== undefined)
      world.produced = Math.max(world.produced ?? 0, world.sent + 10)
    const isBack = kafka && slot && returns && !held && (world.produced ?? 0) >= (world.sent ?? Infinity)
    if (isBack && world.sent !== undefined) world.returned = Math.max(world.returned ?? 0, world.sent + 15)
    world.next += reads
    const facts: WatchFacts = {
      now: world.now,
      kafkaAnswers: kafka || !needsProbe(watch),
      slotHeldSince: world.held,
      canarySentAt: world.sent,
      canaryProducedAt: world.produced,
      canaryReturnedAt: world.returned,
      readerNext: world.next,
      readerHeld: held,
    }
    const seen = look(watch, facts, graceMs)
    watch = seen.watch
    return seen.decision === 'fine' ? [] : [`${n} ${seen.decision}`]
  })
}

export const times = (count: number, second: Second = {}): Second[] =>
  Array.from({ length: count }, () => second)
