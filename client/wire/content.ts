// Payloads: what a program gives or gets, and the bytes and media types that stand for it.
import type { JsonText, Sending } from './frames.ts'

const isJsonType = (type: string): boolean => /^application\/json\b|\+json\b/i.test(type)

/** The bytes of anything that is bytes; undefined for everything else. */
export function toBytes(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (!ArrayBuffer.isView(value)) return undefined
  return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)
}

/** The bytes that travel as they are, or undefined where the payload is a JSON value. */
export function bytesOf({ payload, contentType }: Sending): Uint8Array<ArrayBuffer> | undefined {
  const isText = typeof payload === 'string' && contentType !== undefined && !isJsonType(contentType)
  return isText ? new TextEncoder().encode(payload) : toBytes(payload)
}

/** What bytes of this type are for a program. What is not what it says stays bytes. */
export function valueOf(bytes: Uint8Array, contentType: string, { parse }: JsonText): unknown {
  const isJson = isJsonType(contentType)
  if (!isJson && !/^text\//i.test(contentType)) return bytes
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return isJson ? parse(text) : text
  } catch {
    return bytes
  }
}

const pieceLength = 0x8000

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += pieceLength)
    binary += String.fromCharCode(...bytes.subarray(at, at + pieceLength))
  return btoa(binary)
}

export const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0))
