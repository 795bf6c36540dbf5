// The encoding of a payload that a client is shown, where the payload is a message that can be said in several.
import { isJsonType } from './content-types.ts'
import type { Payload } from './frames.ts'

/** The payload as JSON, where it has such a form and is not JSON yet; else as it is. */
export function jsonForm(payload: Payload): Payload {
  if (payload.forms === undefined || isJsonType(payload.contentType)) return payload
  const bytes = payload.forms.json(payload)
  return bytes === undefined ? payload : { bytes, contentType: 'application/json' }
}

/** The payload in protobuf, where it has such a form and is JSON; else as it is. */
export function protobufForm(payload: Payload): Payload {
  if (payload.forms === undefined || !isJsonType(payload.contentType)) return payload
  const bytes = payload.forms.protobuf(payload)
  return bytes === undefined ? payload : { bytes, contentType: 'application/protobuf' }
}
