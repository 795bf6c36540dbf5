// Raw connections have no envelope: a frame is a payload, in both directions, and what it is follows from its kind.
import { isUtf8 } from 'node:buffer'
import { isJson, isJsonType, isTextType } from './content-types.ts'
import { jsonForm, protobufForm } from './forms.ts'
import type { Encoded, Payload } from './frames.ts'

/**
 * The payload that one inbound message is: text is JSON if it parses, else plain text; binary has the content type of
 * its route.
 */
export const decodeRaw = (bytes: Buffer, binary: boolean, routeContentType: string): Payload => {
  if (binary) return { bytes, contentType: routeContentType }
  return { bytes, contentType: isJson(bytes) ? 'application/json' : 'text/plain' }
}

/**
 * The payload of a delivery, bare: a text frame for JSON and text that is UTF-8, as text frames must be; else binary.
 * A message that can be said in several encodings is JSON, but `inProtobuf` where the client's route speaks that.
 */
export const encodeRaw = (payload: Payload, inProtobuf = false): Encoded => {
  const { bytes, contentType } = inProtobuf ? protobufForm(payload) : jsonForm(payload)
  const isText = isJsonType(contentType) || isTextType(contentType)
  return { bytes, binary: !(isText && isUtf8(bytes)) }
}
