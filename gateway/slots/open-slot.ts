// Opens a slot whose lease this node has: joins its group, marks its log as held from here on, and reads ahead what that log says of sessions.
import { setTimeout as wait } from 'node:timers/promises'
import type { ReadOptions } from '../delivery/delivery.ts'
import type { IncomingRecord, Logs } from '../delivery/ports.ts'
import type { Append } from '../delivery/surely.ts'
import { foresee, isFenced, isTooLate } from '../moving/adoption.ts'
import { forgetOldest } from '../moving/known.ts'
import { onGone } from '../moving/on-record.ts'
import { createSlotState, type SlotState, watermark } from '../moving/slot-state.ts'
import { noRecord, recordHash } from '../session/position.ts'
import { readControl, toControl } from './control-records.ts'
import type { Departures } from './departures.ts'
import type { LogRanges } from './ports.ts'
import { SlotLog, type SlotLogDeps, type SlotLogOwner } from './slot-log.ts'
import type { Tenure } from './tenure.ts'

export type OpenSlotDeps = {
  readonly node: string
  readonly logs: Logs
  readonly ranges: LogRanges
  readonly append: Append
  readonly departures: Departures
  readonly read: ReadOptions
  readonly secret: string
  readonly log: SlotLogDeps
  readonly maxHops: number
  /** Deliveries of a slot not yet settled, and sessions that a slot remembers without having them. */
  readonly maxPending: number
  readonly maxRemembered: number
  /** Milliseconds without an answer of Kafka while the backlog is read ahead. */
  readonly timeoutMs: number
}

/** What whoever keeps the slot does about its log. */
export type SlotOwner = Omit<SlotLogOwner, 'ended' | 'topic' | 'lose'>

const lookAgainMs = 20
/** Of what may be pending, how much of it that waits for absent sessions is reported at a time when that is reached. */
const shedShare = 0.1

/**
 * Resolves when the slot is held and its log is read. Rejects where the group, the log or Kafka did not answer, or
 * another node began with the slot meanwhile. Whoever calls gives the tenure up then.
 */
export async function openSlot(deps: OpenSlotDeps, tenure: Tenure, owner: SlotOwner): Promise<SlotLog> {
  const begun = Promise.withResolvers<SlotLog>()
  begun.promise.catch(() => undefined)
  const reader = await deps.logs.readSlot({
    topic: tenure.topic,
    group: tenure.topic,
    epoch: tenure.epoch,
    mayServe: () => tenure.check(),
    async onBatch(records) {
      await readBatch(deps, tenure, await begun.promise, records)
    },
    settledOffset: () => (tenure.log === undefined ? undefined : watermark(tenure.log.state)),
    onGap(_from, to) {
      const { log } = tenure
      // Before the backlog was read ahead there is nothing to go on from: the slot is begun anew.
      if (log === undefined) tenure.lose('crashed')
      else log.perform(onGone(log.state, to))
      return false
    },
    onLost: (reason) => tenure.lose(reason),
  })
  tenure.reader = reader
  try {
    const { state, hash } = await readAhead(deps, tenure, reader.began)
    const whole: SlotLogOwner = {
      ...owner,
      get ended() {
        return tenure.ended
      },
      topic: tenure.topic,
      lose: () => tenure.lose('fenced'),
    }
    const log = new SlotLog(deps.log, whole, state, hash)
    tenure.log = log
    begun.resolve(log)
    return log
  } catch (failure) {
    begun.reject(failure)
    throw failure
  }
}

type Began = { readonly committed: number | undefined; readonly next: number; readonly logStart: number }

/** The fence first, then all that stands before it: so nothing is handled that a later record has settled. */
async function readAhead(
  deps: OpenSlotDeps,
  tenure: Tenure,
  { committed, next }: Began,
): Promise<{ state: SlotState; hash: number }> {
  const { slot, epoch, topic, signal } = tenure
  const canary = toControl({ kind: 'canary', epoch, node: deps.node }, topic, deps.secret)
  const fence = await deps.append(canary, signal)
  const committedNow = await tenure.reader?.committed(deps.timeoutMs)
  if (isTooLate(committedNow ?? 0, fence)) throw new Error(`another node has begun with slot ${slot}`)
  const state = createSlotState(slot, epoch, next, fence, deps.maxHops)
  if (committed !== undefined && committed < next) {
    state.gone = committed
    void deps.departures.lostRange(topic, committed, next).then(
      () => {
        state.gone = undefined
      },
      () => undefined,
    )
  }
  let hash = noRecord
  const onRecord = (record: IncomingRecord): void => {
    if (record.offset === next - 1) hash = recordHash(record.timestamp, record.value)
    if (record.offset < next) return
    const control = readControl(record, deps.read.secrets)
    if (control !== undefined) foresee(state, record.offset, control)
  }
  await deps.ranges.read(topic, Math.max(0, next - 1), fence, {
    timeoutMs: deps.timeoutMs,
    signal,
    onChunk: ({ records }) => records.forEach(onRecord),
  })
  if (isFenced(state)) throw new Error(`another node has begun with slot ${slot}`)
  return { state, hash }
}

async function readBatch(
  deps: OpenSlotDeps,
  tenure: Tenure,
  log: SlotLog,
  records: readonly IncomingRecord[],
): Promise<void> {
  const { state } = log
  for (const record of records) {
    if (tenure.ended) return
    log.read(record)
    while (state.entries.size >= deps.maxPending && !tenure.ended) {
      // Most of it may be on its way: where the registry answers and Kafka takes, it is gone in a moment.
      await wait(lookAgainMs)
      if (state.entries.size >= deps.maxPending) log.shed(deps.maxPending * shedShare)
    }
  }
  forgetOldest(state, deps.maxRemembered)
}
