// What backends may give as a value, and how it travels.

/** Bytes as they are; a string as text; anything else as JSON. */
export type Value = Buffer | string | number | boolean | null | object

/** The content type is undefined for bytes: only the caller knows it. */
export function toPayload(value: Value): { bytes: Buffer; contentType: string | undefined } {
  if (Buffer.isBuffer(value)) return { bytes: value, contentType: undefined }
  if (typeof value === 'string')
    return { bytes: Buffer.from(value), contentType: 'text/plain; charset=utf-8' }
  return { bytes: Buffer.from(JSON.stringify(value)), contentType: 'application/json' }
}
