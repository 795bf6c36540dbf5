// What a route or channel takes as payloads: which message, how it may come, how it is stored. Every way to be wrong is a refusal. Pure.
import type { Message } from '@bufbuild/protobuf'
import { type Refusal, refuse, type Violation } from '../errors.ts'
import type { Payload } from '../protocol/frames.ts'
import { msgpackToJson } from '../protocol/msgpack-json.ts'
import type { Schemas } from './catalog.ts'
import { type Encoding, encodingOf, jsonType, protobufType } from './encoding.ts'
import { compilePath, type ReadField } from './field-path.ts'
import { type Invalid, isInvalid } from './invalid.ts'
import type { MessageType, Read, Unknown } from './message-type.ts'

export type PayloadSettings = {
  readonly types: Readonly<Record<string, string>>
  /** The message of types that are not listed. */
  readonly type?: string | undefined
  readonly unknown: Unknown
}

export type InboundSettings = PayloadSettings & {
  readonly accept: readonly Encoding[]
  readonly store: 'json' | 'protobuf'
}

/** A payload that keeps the rules: as it is to stand in Kafka, and as the message it is. */
export type Taken = {
  readonly payload: Payload
  /** Value of `ce_dataschema`. */
  readonly schema: string
  readonly type: MessageType
  readonly message: Message
  /** The field that the route's key is; undefined where it is not set. */
  readonly key: string | undefined
}

/** Puts a number of the schema before the value; undefined while that number is not known. */
export type Frame = (type: MessageType, bytes: Buffer) => Buffer | undefined

export type PayloadRule = {
  /** `type` as the frame gives it. */
  take(payload: Payload, type: string | undefined): Taken | Refusal
}

export type RuleOptions = {
  /** Names the setting's owner in messages: `route "chat"`. */
  readonly owner: string
  readonly settings: InboundSettings
  readonly schemas: Pick<Schemas, 'find'>
  /** Fields of `key: payload.<field>`. */
  readonly key?: readonly string[]
  readonly frame?: Frame
}

const framed = '; framing=confluent'
const registryAgainMs = 1_000

const no = (message: string, violations: readonly Violation[]): Refusal =>
  refuse('invalid-payload', message, { violations })

export function createPayloadRule({ owner, settings, schemas, key, frame }: RuleOptions): PayloadRule {
  const { accept, store, unknown } = settings
  const types = new Map(Object.entries(settings.types))
  const keys = new WeakMap<MessageType, ReadField>()

  const refuseType = (type: string | undefined): Refusal => {
    const known = [...types.keys()].join(', ')
    const got = type === undefined ? 'the frame names no type' : `there is no type "${type}" here`
    return no(`${owner}: ${got}`, [{ field: 'type', rule: 'type', message: `must be one of ${known}` }])
  }
  const refuseEncoding = (contentType: string): Refusal =>
    no(`${owner} takes no ${contentType}`, [
      { field: 'contentType', rule: 'accept', message: `must be ${accept.join(' or ')}` },
    ])
  const refuseMessage = (type: MessageType, { violations }: Invalid): Refusal => {
    const [first] = violations
    const where = first?.field ? `${first.field} ` : ''
    return no(`${owner}: no valid ${type.name}: ${where}${first?.message ?? ''}`, violations)
  }
  const keyOf = (type: MessageType, message: Message): string | undefined => {
    if (key === undefined) return undefined
    const known = keys.get(type)
    if (known !== undefined) return known(message)
    const made = compilePath(type.desc, key)
    // A configuration that was checked has the field, and a set of schemas without it is refused.
    const read: ReadField = typeof made === 'string' ? () => undefined : made
    keys.set(type, read)
    return read(message)
  }

  return {
    take(payload, frameType) {
      const named = frameType === undefined ? undefined : types.get(frameType)
      const type = schemas.find(named ?? settings.type ?? '')
      if (type === undefined) return refuseType(frameType)
      const { contentType, native } = payload
      const encoding = native === true ? 'msgpack' : encodingOf(contentType)
      if (encoding === undefined || !accept.includes(encoding)) return refuseEncoding(contentType)
      const read = readAs(type, encoding, payload, unknown)
      if (isInvalid(read)) return refuseMessage(type, read)
      const { message } = read
      const broken = type.check(message)
      if (broken !== undefined) return refuseMessage(type, broken)
      const plain = encoding === 'protobuf' && store === 'protobuf' && !read.hasUnknown
      const bytes = plain
        ? payload.bytes
        : store === 'json'
          ? type.toJson(message)
          : type.toBinary(message, false)
      const stored = store === 'json' ? jsonType : protobufType
      const taken = { schema: `proto:${type.name}`, type, message, key: keyOf(type, message) }
      if (frame === undefined) return { ...taken, payload: { bytes, contentType: stored } }
      const value = frame(type, bytes)
      if (value === undefined)
        return refuse(
          'route-unavailable',
          `${owner}: the schema registry has not given the number of ${type.name} yet`,
          {
            retryAfterMs: registryAgainMs,
          },
        )
      return { ...taken, payload: { bytes: value, contentType: `${stored}${framed}` } }
    },
  }
}

/** Reads a payload of this encoding as the message. */
export function readAs(
  type: MessageType,
  encoding: Encoding,
  { bytes, native }: Payload,
  unknown: Unknown,
): Read | Invalid {
  if (encoding === 'protobuf') return type.readBinary(bytes, unknown)
  // Native values of a frame in MessagePack have become JSON already.
  if (encoding === 'json' || native === true) return type.readJson(bytes, unknown)
  const json = msgpackToJson(bytes)
  return typeof json === 'string'
    ? { violations: [{ field: '', rule: 'msgpack', message: json }] }
    : type.readJson(json, unknown)
}
