// The subprotocol openclaw.v1.msgpack: binary frames, the JSON form as MessagePack; payloads are native values, or bytes as `bin`.
import type { Faults, Fields } from './check.ts'
import * as check from './check.ts'
import { isClientFrameKind, readClientFrame } from './client-frames.ts'
import { isJsonType } from './content-types.ts'
import type { BadFrame, ClientFrame, Codec, Payload } from './frames.ts'
import { idPattern } from './frames.ts'
import { encodeMsgpack } from './msgpack-encode.ts'
import { jsonReader, toJsonText } from './msgpack-json.ts'
import { MsgpackFault, MsgpackReader, type Shapes, setOwn } from './msgpack-read.ts'

const bad = (message: string, id?: unknown): BadFrame =>
  typeof id === 'string' && idPattern.test(id)
    ? { code: 'invalid-frame', message, id }
    : { code: 'invalid-frame', message }

const asTheyAre: Shapes = { whole: (value) => value, bytes: (value) => value, float: (value) => value }

/** A frame taken apart: its fields, and its payload as the bytes it will be. */
type Parts = {
  readonly kind: string
  readonly fields: Fields
  readonly payload: { readonly bytes: Buffer; readonly native: boolean } | undefined
}

const expected = 'expected a map whose one key is the kind of the frame'

function takeApart(bytes: Buffer): Parts | string {
  const reader = new MsgpackReader(bytes, asTheyAre)
  const kinds = reader.mapSize()
  if (kinds !== 1) return kinds === undefined ? expected : `${expected}, got ${kinds} keys`
  const kind = reader.key()
  const count = reader.mapSize()
  if (count === undefined) return 'expected a map as the value of the frame'
  const fields: Record<string, unknown> = {}
  let payload: Parts['payload']
  let at = reader
  for (let n = 0; n < count; n++) {
    const name = at.key()
    if (name !== 'payload') {
      setOwn(fields, name, at.value())
      continue
    }
    const json = jsonReader(bytes, at.at)
    payload = isBin(bytes[at.at])
      ? { bytes: at.value() as Buffer, native: false }
      : { bytes: toJsonText(json.value()), native: true }
    if (payload.native) at = new MsgpackReader(bytes, asTheyAre, json.at)
  }
  return at.isAtEnd ? { kind, fields, payload } : 'expected one value; more bytes follow'
}

const isBin = (head: number | undefined): boolean => head !== undefined && head >= 0xc4 && head <= 0xc6

function readPayload({ fields, payload }: Parts, faults: Faults): Payload {
  const contentType = check.contentType(faults, fields.contentType)
  const { data } = fields
  const hasData = !check.isAbsent(data)
  if ((payload !== undefined) === hasData) {
    faults.first ??= hasData ? 'data: expected payload or data, not both' : 'payload: is required (or data)'
  }
  if (hasData && !Buffer.isBuffer(data)) faults.first ??= 'data: expected bin'
  if (payload?.native !== true) {
    const bytes = Buffer.isBuffer(data) ? data : (payload?.bytes ?? Buffer.alloc(0))
    return { bytes, contentType: contentType ?? 'application/octet-stream' }
  }
  if (contentType !== undefined && !isJsonType(contentType)) {
    faults.first ??= 'contentType: expected a JSON media type beside a payload that is not bin'
  }
  return { bytes: payload.bytes, contentType: contentType ?? 'application/json', native: true }
}

const decode = (bytes: Buffer, binary: boolean): ClientFrame | BadFrame => {
  if (!binary) return { ...bad('expected a binary frame: this subprotocol is MessagePack'), fatal: true }
  let parts: Parts | string
  try {
    parts = takeApart(bytes)
  } catch (failure) {
    if (failure instanceof MsgpackFault) return bad(`expected MessagePack: ${failure.message}`)
    throw failure
  }
  if (typeof parts === 'string') return bad(parts)
  const { kind, fields } = parts
  if (!isClientFrameKind(kind)) return bad('unknown kind of frame', fields['id'])
  const read = parts
  const faults: Faults = {}
  const frame = readClientFrame(kind, fields, faults, () => readPayload(read, faults))
  return faults.first === undefined ? frame : bad(`${kind}.${faults.first}`, fields['id'])
}

export const msgpackCodec: Codec = { subprotocol: 'openclaw.v1.msgpack', decode, encode: encodeMsgpack }
