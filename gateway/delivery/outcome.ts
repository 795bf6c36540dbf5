// How one target of a delivery ends: written, sent on, or reported; and only then is its part of the record settled.
import type { UndeliverableReason } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Delivery, Unreadable } from './delivery.ts'
import type { IncomingRecord } from './ports.ts'
import { type ReportContext, toQuarantined, toReceipt, wantsFailure } from './reports.ts'
import type { Surely } from './surely.ts'
import type { Target } from './targets.ts'
import type { Pending, Watermark } from './watermark.ts'

/** One record of a slot's log on its way. */
export type Item = {
  readonly slot: number
  readonly watermark: Watermark
  readonly record: IncomingRecord
  readonly pending: Pending
  readonly delivery: Delivery
  /** Where a client that has this one resumes. */
  readonly position: string
}

export type Outcomes = {
  settled(item: Item): void
  /** A socket has it. */
  written(item: Item, target: Target): void
  /** All that this target means has it: told to the backend if it asked. */
  reached(item: Item, target: Target): void
  /** Reported and then settled; after the slot was lost neither, for its next holder finds the session or reports. */
  failed(item: Item, target: Target, why: UndeliverableReason): void
  /** Settles when `work` is done: undefined, or why it failed. Work that rejects is left to who has the slot next. */
  after(item: Item, target: Target, work: Promise<UndeliverableReason | undefined>): void
  unreadable(watermark: Watermark, pending: Pending, record: IncomingRecord, why: Unreadable): void
}

export type OutcomeDeps = {
  readonly surely: Surely
  readonly events: Events
  readonly reports: ReportContext
}

/** None of these throws or waits: what takes time settles when it is done, and never when the node stops before. */
export function createOutcomes(deps: OutcomeDeps): Outcomes {
  const leftToTheNext = (): void => undefined
  const settled = (item: Item): void => item.watermark.settle(item.pending)

  const receipt = async (item: Item, target: Target, what: 'written' | 'confirmed' | UndeliverableReason) => {
    deps.events.reported(await deps.surely(toReceipt(deps.reports, item.delivery, target, what)), item.record)
  }

  const reached = (item: Item, target: Target): void => {
    const wish = item.delivery.receipt
    if (wish === undefined || wish === 'failed') return settled(item)
    void receipt(item, target, wish).then(() => settled(item), leftToTheNext)
  }

  const failed = (item: Item, target: Target, why: UndeliverableReason): void => {
    if (item.watermark.abandoned) return
    deps.events.undeliverable(why, item.record)
    if (!wantsFailure(item.delivery, target)) return settled(item)
    void receipt(item, target, why).then(() => settled(item), leftToTheNext)
  }

  return {
    settled,
    reached,
    failed,
    written(item, target) {
      deps.events.delivered(Date.now() - item.record.timestamp)
      reached(item, target)
    },
    after(item, target, work) {
      void work.then((why) => (why === undefined ? settled(item) : failed(item, target, why)), leftToTheNext)
    },
    unreadable(watermark, pending, record, why) {
      deps.events.quarantined(why, record)
      void deps.surely(toQuarantined(deps.reports, record, why)).then((outcome) => {
        deps.events.reported(outcome, record)
        watermark.settle(pending)
      }, leftToTheNext)
    },
  }
}
