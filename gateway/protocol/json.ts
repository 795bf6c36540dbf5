// The subprotocol openclaw.v1.json: text frames, one object with one key; payloads are found in the text, not rebuilt.
import { isUtf8 } from 'node:buffer'
import type { Faults, Fields } from './check.ts'
import * as check from './check.ts'
import { isClientFrameKind, readClientFrame } from './client-frames.ts'
import { isJsonType } from './content-types.ts'
import type { BadFrame, ClientFrame, Codec, Payload } from './frames.ts'
import { idPattern } from './frames.ts'
import { encodeJson } from './json-encode.ts'
import { payloadSpan } from './payload-span.ts'

const bad = (message: string, fields?: Fields): BadFrame => {
  const id = fields?.id
  const readable = typeof id === 'string' && idPattern.test(id)
  return readable ? { code: 'invalid-frame', message, id } : { code: 'invalid-frame', message }
}

// Both alphabets, with padding or without, as ProtoJSON reads them.
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/

const fromBase64 = (faults: Faults, data: unknown): Buffer => {
  if (typeof data === 'string' && base64.test(data) && data.replace(/=+$/, '').length % 4 !== 1) {
    return Buffer.from(data, 'base64')
  }
  faults.first ??= 'data: expected base64'
  return Buffer.alloc(0)
}

/** `payload` is a value even where it is null; `data` is not. */
const readPayload = (fields: Fields, bytes: Buffer, faults: Faults): Payload => {
  const contentType = check.contentType(faults, fields.contentType)
  const hasData = !check.isAbsent(fields.data)
  if (Object.hasOwn(fields, 'payload') === hasData) {
    faults.first ??= hasData ? 'data: expected payload or data, not both' : 'payload: is required (or data)'
  }
  if (hasData) {
    return {
      bytes: fromBase64(faults, fields.data),
      contentType: contentType ?? 'application/octet-stream',
    }
  }
  if (contentType !== undefined && !isJsonType(contentType)) {
    faults.first ??= 'contentType: expected a JSON media type beside payload; other bytes go into data'
  }
  return { bytes: payloadSpan(bytes) ?? bytes, contentType: contentType ?? 'application/json' }
}

const parse = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

const decode = (bytes: Buffer, binary: boolean): ClientFrame | BadFrame => {
  if (binary) return { ...bad('expected a text frame: this subprotocol is JSON'), fatal: true }
  if (!isUtf8(bytes)) return bad('expected UTF-8')
  const parsed = parse(bytes)
  if (parsed === undefined) return bad('expected JSON')
  if (!check.isObject(parsed)) return bad('expected an object whose one key is the kind of the frame')
  const keys = Object.keys(parsed)
  const kind = keys[0]
  if (kind === undefined || keys.length > 1) {
    return bad(`expected an object whose one key is the kind of the frame, got ${keys.length} keys`)
  }
  const fields = parsed[kind]
  if (!check.isObject(fields)) return bad('expected an object as the value of the frame')
  if (!isClientFrameKind(kind)) return bad('unknown kind of frame', fields)
  const faults: Faults = {}
  const frame = readClientFrame(kind, fields, faults, () => readPayload(fields, bytes, faults))
  return faults.first === undefined ? frame : bad(`${kind}.${faults.first}`, fields)
}

export const jsonCodec: Codec = { subprotocol: 'openclaw.v1.json', decode, encode: encodeJson }
