// Turns an example of a frame in a document into the frame in memory, so that the codec can be asked to write it.

import type { JsonObject } from '@bufbuild/protobuf'
import { fromJson } from '@bufbuild/protobuf'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import { ServerFrameSchema } from '#schemas/frames_pb.ts'
import type { ServerFrame } from '../../gateway/protocol/frames.ts'
import { payloadSpan } from '../../gateway/protocol/payload-span.ts'

const isTimestamp = (value: unknown): value is Timestamp =>
  typeof value === 'object' &&
  value !== null &&
  '$typeName' in value &&
  value.$typeName === 'google.protobuf.Timestamp'

/** Throws where the example is no ProtoJSON of a ServerFrame. */
export const toServerFrame = (text: string): ServerFrame => {
  const parsed = JSON.parse(text) as Record<string, JsonObject>
  const [name = '', { payload: _, ...fields } = {}] = Object.entries(parsed)[0] ?? []
  const data = typeof fields.data === 'string' ? fields.data : ''
  const bytes = payloadSpan(Buffer.from(text)) ?? Buffer.from(data, 'base64')
  const carriesPayload = name === 'message' || name === 'reply'
  const json = { [name]: carriesPayload ? { ...fields, data: bytes.toString('base64') } : fields }
  const { kind } = fromJson(ServerFrameSchema, json, { ignoreUnknownFields: false })
  const value = Object.entries(kind.value ?? {}).map(([field, given]): [string, unknown] => {
    if (isTimestamp(given)) return [field, timestampMs(given)]
    if (field === 'id' && kind.case === 'reply') return ['request', given]
    if (field === 'payload') return [field, { bytes, contentType: fields.contentType }]
    return [field, typeof given === 'bigint' ? Number(given) : given]
  })
  return { kind: kind.case, ...Object.fromEntries(value) } as ServerFrame
}
