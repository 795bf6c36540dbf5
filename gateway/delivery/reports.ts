// What backends are told of their deliveries: receipts, and records nobody could read.
import { create, toJsonString } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { QuarantinedSchema, ReceiptSchema } from '../../schemas/gen/openclaw/v1/events_pb.ts'
import { type UndeliverableReason, undeliverable } from '../errors.ts'
import type { OutgoingRecord } from '../inbound/ports.ts'
import { toTime } from '../protocol/quantities.ts'
import type { Delivery, Unreadable } from './delivery.ts'
import { originOfRecord } from './delivery.ts'
import type { IncomingRecord } from './ports.ts'
import { formatTarget, type Target } from './targets.ts'

export type ReportContext = {
  readonly node: string
  readonly cluster: string
  readonly topics: { readonly receipts: string; readonly quarantine: string }
}

const quarantinedBytes = 512 * 1024
const quarantinedHeaderBytes = 64 * 1024
const reportedHeaderBytes = 64 * 1024

const headers = (context: ReportContext, type: string, id: string): Record<string, string> => ({
  ce_specversion: '1.0',
  ce_source: `/openclaw/${context.cluster}`,
  ce_id: id,
  ce_type: type,
  ce_dataschema: 'proto:openclaw.v1.Receipt',
  'content-type': 'application/json',
})

const toOrigin = (origin: string) => {
  const [topic = '', partition, offset] = origin.split('/')
  return { topic, partition: Number(partition ?? 0), offset: BigInt(offset ?? 0) }
}

/** As many of a delivery's own headers as leave room: a report that Kafka does not take would say nothing. */
function fitting(given: Delivery['headers']): Record<string, string> {
  const kept: Record<string, string> = {}
  let room = reportedHeaderBytes
  for (const name in given) {
    const value = given[name] ?? ''
    room -= Buffer.byteLength(name) + Buffer.byteLength(value)
    if (room < 0) break
    kept[name] = value
  }
  return kept
}

/** A failed delivery is reported for session targets, and for others where the backend asked for receipts. */
export const wantsFailure = (delivery: Delivery, target: Target): boolean =>
  (target.kind === 'session' && delivery.ofUser === undefined) || delivery.receipt !== undefined

/** The receipt of one target of a delivery. Copies of one report share their `ce_id`. */
export function toReceipt(
  context: ReportContext,
  delivery: Delivery,
  target: Target,
  outcome: 'written' | 'confirmed' | UndeliverableReason,
  now = Date.now(),
): OutgoingRecord {
  const failed = outcome in undeliverable
  const to = formatTarget(target)
  const receipt = create(ReceiptSchema, {
    origin: toOrigin(delivery.origin),
    outcome: failed ? 'failed' : outcome,
    ...(failed ? { reason: outcome } : {}),
    ...(delivery.id === undefined ? {} : { id: delivery.id }),
    ...(delivery.type === undefined ? {} : { type: delivery.type }),
    target: to,
    tenant: delivery.tenant,
    time: timestampFromMs(now),
    headers: fitting(delivery.headers),
    node: context.node,
  })
  return {
    topic: context.topics.receipts,
    key: delivery.origin,
    value: Buffer.from(toJsonString(ReceiptSchema, receipt, { alwaysEmitImplicit: true })),
    headers: headers(context, `openclaw.receipt.${receipt.outcome}`, `${delivery.origin}/${to}/${outcome}`),
  }
}

/** The report of a part of a log that was gone before anyone could deliver it. */
export function toLostRange(
  context: ReportContext,
  topic: string,
  from: number,
  to: number,
  now = Date.now(),
): OutgoingRecord {
  const origin = `${topic}/0/${from}`
  const receipt = create(ReceiptSchema, {
    origin: toOrigin(origin),
    outcome: 'failed',
    reason: 'lost-range',
    time: timestampFromMs(now),
    node: context.node,
    lost: { topic, partition: 0, from: BigInt(from), to: BigInt(to) },
  })
  return {
    topic: context.topics.receipts,
    key: origin,
    value: Buffer.from(toJsonString(ReceiptSchema, receipt, { alwaysEmitImplicit: true })),
    headers: headers(context, 'openclaw.receipt.failed', `${origin}/${to}/lost-range`),
  }
}

/** The record that shows a person what could not be read, and why. */
export function toQuarantined(
  context: ReportContext,
  record: IncomingRecord,
  why: Unreadable,
  now = Date.now(),
): OutgoingRecord {
  const origin = originOfRecord(record)
  let room = quarantinedHeaderBytes
  const kept = Object.entries(record.headers).flatMap(([name, value]) => {
    room -= name.length + (value?.length ?? 0)
    return room < 0 || value === undefined ? [] : [{ name, value: new Uint8Array(value) }]
  })
  const quarantined = create(QuarantinedSchema, {
    origin: toOrigin(origin),
    reason: why.reason,
    detail: why.message,
    recordTime: timestampFromMs(toTime(record.timestamp)),
    time: timestampFromMs(now),
    node: context.node,
    ...(record.key === null ? {} : { key: new Uint8Array(record.key.subarray(0, 4096)) }),
    ...(record.value === null ? {} : { value: new Uint8Array(record.value.subarray(0, quarantinedBytes)) }),
    valueSize: record.value?.length ?? 0,
    headers: kept,
  })
  return {
    topic: context.topics.quarantine,
    key: origin,
    value: Buffer.from(toJsonString(QuarantinedSchema, quarantined, { alwaysEmitImplicit: true })),
    headers: {
      ...headers(context, 'openclaw.quarantined', origin),
      ce_dataschema: 'proto:openclaw.v1.Quarantined',
    },
  }
}
