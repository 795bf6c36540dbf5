// What one record of a slot's log is to its holder: a word between gateways, a delivery for one session, or something else. Pure.
import {
  type Delivery,
  isUnreadable,
  type ReadOptions,
  readDelivery,
  type Unreadable,
} from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { Target } from '../delivery/targets.ts'
import type { Arrival, Entry } from '../moving/slot-state.ts'
import { readControl, type SlotControl } from './control-records.ts'

export type SessionTarget = Extract<Target, { kind: 'session' }>

/** A delivery for one session, kept with its entry until it is settled. */
export type Item = {
  readonly record: IncomingRecord
  readonly delivery: Delivery
  readonly target: SessionTarget
  /** `performance.now()` when it was handed to a socket that has to confirm it. */
  writtenAt: number
  /** It was handed to a socket. */
  shown: boolean
  /** A receipt that says so is on its way to Kafka. */
  told: Promise<unknown> | undefined
}

export type SlotRecord =
  | { readonly kind: 'control'; readonly control: SlotControl }
  | { readonly kind: 'unreadable'; readonly why: Unreadable }
  | { readonly kind: 'one'; readonly arrival: Arrival & { readonly body: Item } }
  | { readonly kind: 'several'; readonly delivery: Delivery }
  | { readonly kind: 'everyone'; readonly delivery: Delivery }

/** What quarantine says of a record that the gateway itself failed at. */
export const gatewayFailed: Unreadable = { reason: 'invalid', message: 'the gateway failed at it' }

export const itemOf = (entry: Pick<Entry, 'body'>): Item => entry.body as Item

export function readRecord(slot: number, record: IncomingRecord, options: ReadOptions): SlotRecord {
  const control = readControl(record, options.secrets)
  if (control !== undefined) return { kind: 'control', control }
  const delivery = readDelivery(record, options)
  if (isUnreadable(delivery)) return { kind: 'unreadable', why: delivery }
  const [target] = delivery.targets
  if (delivery.targets.length > 1) return { kind: 'several', delivery }
  if (target?.kind === 'everyone') return { kind: 'everyone', delivery }
  if (target?.kind !== 'session')
    return {
      kind: 'unreadable',
      why: { reason: 'invalid', message: 'only sessions are reached through a slot' },
    }
  const { mark } = delivery
  const item: Item = { record, delivery, target, writtenAt: 0, shown: false, told: undefined }
  return {
    kind: 'one',
    arrival: {
      offset: record.offset,
      session: target.session,
      origin: mark?.place ?? { slot, offset: record.offset },
      // How it came into the first slot's log says nothing of who may have shown it.
      hops: mark?.place === undefined ? 0 : mark.hops,
      generation: mark?.generation ?? -1,
      body: item,
    },
  }
}
