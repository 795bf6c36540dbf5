// The value of a feed's record: without what a schema registry put before it, and held against its message where the feed names one. Pure.
import type { Unreadable } from '../delivery/delivery.ts'
import { headerOf } from '../delivery/headers.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import { splitIndexes, withoutNumber } from '../payloads/confluent.ts'
import { isProtobufType, protobufType } from '../payloads/encoding.ts'
import { isUnshown } from '../payloads/shown.ts'
import { type Feed, type Told, unfit } from './feed-record.ts'

const empty = Buffer.alloc(0)

export function valueOf(feed: Feed, record: IncomingRecord): Told | Unreadable {
  const { framing, show } = feed
  const value = record.value ?? empty
  const bytes = framing === 'none' ? value : withoutNumber(value)
  if (bytes === undefined) return unfit('the value does not begin as one that belongs to a schema registry')
  return show === undefined ? { bytes, payload: undefined } : asMessage(feed, record, bytes)
}

function asMessage(
  { show, framing, ...feed }: Feed,
  record: IncomingRecord,
  bytes: Buffer,
): Told | Unreadable {
  const contentType = feed.contentType ?? (headerOf(record, 'content-type') || protobufType)
  const type = feed.type ?? headerOf(record, 'ce_type')
  const isIndexed = framing === 'confluent' && isProtobufType(contentType)
  const split = isIndexed ? splitIndexes(bytes) : { indexes: undefined, rest: bytes }
  if (split === undefined) return unfit('the value does not say which message of its schema it is')
  const said = { schema: headerOf(record, 'ce_dataschema'), type, indexes: split.indexes }
  const payload = show?.({ bytes: split.rest, contentType }, said)
  if (payload === undefined) return { bytes, payload: undefined }
  return isUnshown(payload) ? payload : { bytes: payload.bytes, payload }
}

/** The value as JSON, for a target that is made of its fields. */
export const jsonOf = ({ bytes, payload }: Told): Buffer =>
  payload !== undefined && isProtobufType(payload.contentType)
    ? (payload.forms?.json(payload) ?? bytes)
    : bytes
