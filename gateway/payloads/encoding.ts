// What a content type says of a payload that has to be a message: JSON, protobuf or MessagePack. Pure.
import { isJsonType } from '../protocol/content-types.ts'

export type Encoding = 'json' | 'protobuf' | 'msgpack'

const protobuf = /^application\/(?:x-|vnd\.google\.)?protobuf[ \t]*(?:;|$)/i
const msgpack = /^application\/(?:x-|vnd\.)?msgpack[ \t]*(?:;|$)/i

export const protobufType = 'application/protobuf'
export const jsonType = 'application/json'

export const isProtobufType = (contentType: string): boolean =>
  contentType === protobufType || protobuf.test(contentType)

/** Undefined for what a message cannot be. Bytes of no known type are protobuf: that is what bytes are here. */
export function encodingOf(contentType: string): Encoding | undefined {
  if (isJsonType(contentType)) return 'json'
  if (isProtobufType(contentType) || contentType === 'application/octet-stream') return 'protobuf'
  return msgpack.test(contentType) ? 'msgpack' : undefined
}
