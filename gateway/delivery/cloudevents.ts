// Takes a CloudEvent in its JSON form apart: attributes become headers, data becomes the payload, byte for byte. Pure.
import { isUtf8 } from 'node:buffer'
import { isJsonType } from '../protocol/content-types.ts'
import type { Payload } from '../protocol/frames.ts'
import { afterSpace, afterString, afterValue } from '../protocol/payload-span.ts'
import { guessContentType } from './content-type.ts'
import type { IncomingRecord } from './ports.ts'

/** What a structured record says once it is open: as if it had been sent in binary mode. */
export type Opened = { readonly headers: IncomingRecord['headers']; readonly payload: Payload }

const mediaType = /^application\/cloudevents\+json[ \t]*(?:;|$)/i

export const isCloudEvent = (contentType: string): boolean => mediaType.test(contentType)

// What an event says of itself is better known to it than to headers that were copied from a request.
const describing = {
  id: 'ce_id',
  type: 'ce_type',
  subject: 'ce_subject',
  dataschema: 'ce_dataschema',
  traceparent: 'traceparent',
}

// Where it is to go, its headers know better: a gateway that sends it on writes them anew. Marks are never in an event.
const addressing = {
  to: 'ce_to',
  except: 'ce_except',
  tenant: 'ce_tenant',
  session: 'ce_session',
  request: 'ce_request',
  more: 'ce_more',
  error: 'ce_error',
  expirytime: 'ce_expirytime',
  receipt: 'ce_receipt',
  conflationkey: 'ce_conflationkey',
}

type Event = { readonly [attribute: string]: unknown }

/** Undefined where the value is no CloudEvent. Never throws. */
export function openCloudEvent(record: IncomingRecord): Opened | undefined {
  const bytes = record.value
  const event = bytes === null ? undefined : parse(bytes)
  if (event === undefined || bytes === null) return undefined
  const payload = payloadOf(event, bytes)
  if (payload === undefined) return undefined
  const headers = { ...attributes(event, addressing), ...record.headers, ...attributes(event, describing) }
  return { headers, payload }
}

function parse(bytes: Buffer): Event | undefined {
  if (!isUtf8(bytes)) return undefined
  try {
    const event: unknown = JSON.parse(bytes.toString())
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return undefined
    const { specversion } = event as Event
    return typeof specversion === 'string' && specversion.startsWith('1.') ? (event as Event) : undefined
  } catch {
    return undefined
  }
}

function attributes(event: Event, names: Readonly<Record<string, string>>): Record<string, Buffer> {
  const headers: Record<string, Buffer> = {}
  for (const [attribute, header] of Object.entries(names)) {
    const value = Object.hasOwn(event, attribute) ? event[attribute] : undefined
    if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
      headers[header] = Buffer.from(String(value))
  }
  return headers
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/

/** The payload as its backend meant it: JSON as it was written, text without its quotes, bytes out of base64. */
function payloadOf(event: Event, bytes: Buffer): Payload | undefined {
  const { data, data_base64: encoded, datacontenttype } = event
  const declared = typeof datacontenttype === 'string' && datacontenttype !== '' ? datacontenttype : undefined
  if (encoded !== undefined && encoded !== null) {
    if (data !== undefined || typeof encoded !== 'string' || !base64.test(encoded)) return undefined
    const decoded = Buffer.from(encoded, 'base64')
    return { bytes: decoded, contentType: declared ?? guessContentType(decoded) }
  }
  if (data === undefined) {
    const empty = Buffer.alloc(0)
    return { bytes: empty, contentType: declared ?? guessContentType(empty) }
  }
  const contentType = declared ?? 'application/json'
  if (typeof data === 'string' && !isJsonType(contentType)) return { bytes: Buffer.from(data), contentType }
  return { bytes: memberSpan(bytes, 'data'), contentType }
}

const quote = 0x22
const comma = 0x2c

/** The text of one member of the object that `bytes` are, which JSON.parse accepts; of a repeated one the last. */
function memberSpan(bytes: Buffer, name: string): Buffer {
  let span = bytes.subarray(0, 0)
  let at = afterSpace(bytes, 0)
  do {
    const key = afterSpace(bytes, at + 1)
    if (bytes[key] !== quote) break
    const afterKey = afterString(bytes, key)
    const value = afterSpace(bytes, afterSpace(bytes, afterKey) + 1)
    const end = afterValue(bytes, value)
    if (JSON.parse(bytes.toString('utf8', key, afterKey)) === name) span = bytes.subarray(value, end)
    at = afterSpace(bytes, end)
  } while (bytes[at] === comma)
  return span
}
