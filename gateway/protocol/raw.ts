// Raw connections have no envelope: a frame is a payload, in both directions, and what it is follows from its kind.
import { isUtf8 } from 'node:buffer'
import { isJson, isJsonType, isTextType } from './content-types.ts'
import type { Encoded, Payload } from './frames.ts'

/**
 * The payload that one inbound message is: text is JSON if it parses, else plain text; binary has the content type of
 * its route.
 */
export const decodeRaw = (bytes: Buffer, binary: boolean, routeContentType: string): Payload => {
  if (binary) return { bytes, contentType: routeContentType }
  return { bytes, contentType: isJson(bytes) ? 'application/json' : 'text/plain' }
}

/** The payload of a delivery, bare: a text frame for JSON and text that is UTF-8, as text frames must be; else binary. */
export const encodeRaw = ({ bytes, contentType }: Payload): Encoded => {
  const isText = isJsonType(contentType) || isTextType(contentType)
  return { bytes, binary: !(isText && isUtf8(bytes)) }
}
