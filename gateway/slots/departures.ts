// How deliveries leave a slot: sent on to another one, or reported; settled only when Kafka has that.

import type { Delivery, Unreadable } from '../delivery/delivery.ts'
import { toForward } from '../delivery/forward.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import {
  type ReportContext,
  toLostRange,
  toQuarantined,
  toReceipt,
  wantsFailure,
} from '../delivery/reports.ts'
import type { Surely } from '../delivery/surely.ts'
import type { Target } from '../delivery/targets.ts'
import type { UndeliverableReason } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Entry } from '../moving/slot-state.ts'
import { itemOf } from './read-record.ts'

export type DepartureDeps = {
  readonly surely: Surely
  readonly events: Events
  readonly reports: ReportContext
  /** Signs what is sent on. */
  readonly secret: string
  /** Slot topics are this and a number. */
  readonly slotTopic: string
}

/** Each resolves when Kafka has it, or when it never will and that is told; rejects when the node stops before. */
export type Departures = {
  forward(entry: Entry, to: number, generation: number): Promise<void>
  report(delivery: Delivery, record: IncomingRecord, target: Target, why: UndeliverableReason): Promise<void>
  receipt(
    delivery: Delivery,
    record: IncomingRecord,
    target: Target,
    what: 'written' | 'confirmed',
  ): Promise<void>
  /** A record for several sessions becomes one for each, behind it in the same log. */
  split(delivery: Delivery, record: IncomingRecord): Promise<void>
  quarantine(record: IncomingRecord, why: Unreadable): Promise<void>
  lostRange(topic: string, from: number, to: number): Promise<void>
}

export function createDepartures(deps: DepartureDeps): Departures {
  const { surely, events, reports, secret, slotTopic } = deps

  const report: Departures['report'] = async (delivery, record, target, why) => {
    events.undeliverable(why, record)
    if (!wantsFailure(delivery, target)) return
    events.reported(await surely(toReceipt(reports, delivery, target, why)), record)
  }

  return {
    report,
    async forward(entry, to, generation) {
      const { record, delivery, target } = itemOf(entry)
      const place = `${entry.origin.slot}/${entry.origin.offset}`
      const topic = `${slotTopic}${to}`
      const outcome = await surely(toForward(record, delivery, target, topic, secret, { place, generation }))
      events.forwarded(outcome, record)
      if (outcome === 'published') return
      const unseen = outcome === 'too-large' ? 'too-large' : 'no-session'
      await report(delivery, record, target, entry.mayHaveArrived ? 'unconfirmed' : unseen)
    },
    async receipt(delivery, record, target, what) {
      events.reported(await surely(toReceipt(reports, delivery, target, what)), record)
    },
    async split(delivery, record) {
      await Promise.all(
        delivery.targets.map(async (target) => {
          const outcome = await surely(toForward(record, delivery, target, record.topic, secret))
          events.forwarded(outcome, record)
          if (outcome !== 'published')
            await report(delivery, record, target, outcome === 'too-large' ? 'too-large' : 'no-session')
        }),
      )
    },
    async quarantine(record, why) {
      events.quarantined(why, record)
      events.reported(await surely(toQuarantined(reports, record, why)), record)
      const { of, reason } = why
      // Where it can be told whom the record was for, its sender is told that it is not delivered.
      if (of !== undefined) await Promise.all(of.targets.map((target) => report(of, record, target, reason)))
    },
    async lostRange(topic, from, to) {
      events.rangeLost(topic, from, to)
      await surely(toLostRange(reports, topic, from, to))
    },
  }
}
