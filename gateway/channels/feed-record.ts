// A record of a feed's topic as a record that says itself whom it is for: the feed decides, not the record. Pure.
import { isUnreadable, type ReadOptions, readDelivery, type Unreadable } from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import { formatTarget, type Target } from '../delivery/targets.ts'
import type { Show } from '../payloads/shown.ts'
import type { Payload } from '../protocol/frames.ts'
import type { FeedTemplate } from './feed-template.ts'

export type Feed = {
  readonly name: string
  readonly topic: string
  /** `header`: each record says it, as on the dispatch topic. */
  readonly to: FeedTemplate | 'header'
  /** With `to: header` absent means that each record says it; else the empty one. */
  readonly tenant?: string
  /** With `to: header`, the tenants that records may name; absent: all. */
  readonly tenants?: readonly string[] | undefined
  readonly type?: string
  readonly contentType?: string
  /** `confluent`: values begin with a zero byte and the number of a schema in four. */
  readonly framing: 'none' | 'confluent'
  /** Kinds of targets that records may name. */
  readonly targets: readonly Target['kind'][]
  /** Holds values against their message; absent where they may be anything. */
  readonly show?: Show
}

export const unfit = (message: string): Unreadable => ({ reason: 'invalid', message })
export const isUnfit = <T extends object>(read: T | Unreadable): read is Unreadable => 'message' in read

/** Marks of gateways: nothing in a foreign topic is from one. */
const marks = new Set(['ce_gateway', 'ce_origin', 'ce_place', 'ce_hops', 'ce_generation', 'ce_for'])
/** What a record may say of itself where the feed says whom it is for. */
const kept = new Set([
  'ce_id',
  'ce_type',
  'ce_time',
  'ce_expirytime',
  'ce_conflationkey',
  'ce_dataschema',
  'content-type',
  'traceparent',
])

/** What a record is for whoever is shown it: its value, and the message that was found in it. */
export type Told = { readonly bytes: Buffer; readonly payload: Payload | undefined }

/** The target that the feed gives a record; `json` is its value as JSON. */
export function targetOf(template: FeedTemplate, record: IncomingRecord, json: Buffer): Target | Unreadable {
  const target = template.render(record, json)
  return typeof target === 'string' ? unfit(target) : target
}

/** The record with this value, for this target, in the feed's tenant. */
export function addressed(feed: Feed, record: IncomingRecord, value: Told, target: Target): IncomingRecord {
  const headers: Record<string, Buffer | undefined> = {}
  for (const name in record.headers)
    if (kept.has(name) || name.startsWith('x-')) headers[name] = record.headers[name]
  headers['ce_to'] = Buffer.from(formatTarget(target))
  // Said even where it is the empty one: an event in its JSON form must not name another.
  headers['ce_tenant'] = Buffer.from(feed.tenant ?? '')
  if (record.key !== null) headers['ce_conflationkey'] ??= record.key
  describe(feed, value, headers)
  return { ...record, value: value.bytes, headers }
}

/** A record that says itself whom it is for, as far as the feed lets it. */
export function selfAddressed(
  feed: Feed,
  record: IncomingRecord,
  value: Told,
  read: Omit<ReadOptions, 'from'>,
): IncomingRecord | Unreadable {
  const headers: Record<string, Buffer | undefined> = {}
  for (const name in record.headers) if (!marks.has(name)) headers[name] = record.headers[name]
  if (feed.tenant !== undefined) headers['ce_tenant'] = Buffer.from(feed.tenant)
  describe(feed, value, headers)
  const told = { ...record, value: value.bytes, headers }
  const delivery = readDelivery(told, { from: 'dispatch', ...read })
  if (isUnreadable(delivery)) return delivery
  if (feed.tenants?.includes(delivery.tenant) === false)
    return unfit(`it is not for the tenant ${JSON.stringify(delivery.tenant)}; see dispatch.tenants`)
  const other = delivery.targets.find(({ kind }) => !feed.targets.includes(kind))
  return other === undefined ? told : unfit(`this feed is not for ${other.kind} targets`)
}

function describe(
  { type, contentType }: Feed,
  { payload }: Told,
  headers: Record<string, Buffer | undefined>,
): void {
  if (type !== undefined) headers['ce_type'] = Buffer.from(type)
  if (contentType !== undefined) headers['content-type'] = Buffer.from(contentType)
  if (payload?.forms === undefined) return
  headers['content-type'] = Buffer.from(payload.contentType)
  headers['ce_dataschema'] = Buffer.from(payload.forms.schema)
}
