// What a media type says about the bytes that carry it, and whether they keep to it.
import { isUtf8 } from 'node:buffer'

const jsonType = /^(?:application\/json|[^;]*\+json)[ \t]*(?:;|$)/i
const textType = /^text\//i

/** application/json and every type that ends in +json, whatever its parameters. */
export const isJsonType = (contentType: string): boolean =>
  contentType === 'application/json' || jsonType.test(contentType)

export const isTextType = (contentType: string): boolean => textType.test(contentType)

/** Whether the bytes are one JSON text in UTF-8. */
export const isJson = (bytes: Buffer): boolean => {
  if (!isUtf8(bytes)) return false
  try {
    JSON.parse(bytes.toString())
    return true
  } catch {
    return false
  }
}
