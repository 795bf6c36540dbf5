// What a value without a content type is: JSON if it parses, else text if it is UTF-8, else bytes. Pure.
import { isUtf8 } from 'node:buffer'
import { isJson } from '../protocol/content-types.ts'

export function guessContentType(value: Buffer): string {
  if (isJson(value)) return 'application/json'
  return isUtf8(value) ? 'text/plain' : 'application/octet-stream'
}
