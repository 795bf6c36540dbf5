// What clients are shown of a payload that backends wrote: held against its message where settings name one, and in the encoding that each client speaks. Pure.
import type { Violation } from '../errors.ts'
import type { Payload, PayloadForms } from '../protocol/frames.ts'
import type { Schemas } from './catalog.ts'
import { type Indexes, indexesOf, isSameIndexes } from './confluent.ts'
import { encodingOf, isProtobufType, jsonType, protobufType } from './encoding.ts'
import { isInvalid } from './invalid.ts'
import type { MessageType, Unknown } from './message-type.ts'
import { type PayloadSettings, readAs } from './payload-rule.ts'

/** What a record says of its value. */
export type Said = {
  /** `ce_dataschema`. */
  readonly schema?: string | undefined
  readonly type?: string | undefined
  /** Which message of its file it is, as a serializer of a schema registry says it. */
  readonly indexes?: Indexes | undefined
}

/** A payload that is not what it must be, as quarantine tells it. */
export type Unshown = { readonly reason: 'invalid'; readonly message: string }

export type Show = (payload: Payload, said: Said) => Payload | Unshown

export const isUnshown = (shown: Payload | Unshown): shown is Unshown => 'reason' in shown

const scheme = 'proto:'
const framed = /;[ \t]*framing=/i

const nameIn = (schema: string | undefined): string | undefined =>
  schema?.startsWith(scheme) ? schema.slice(scheme.length) : undefined

/**
 * For values that nobody has promised to be anything: protobuf with a message that is known is also shown as JSON. What
 * turns out not to be that message is shown as the bytes it is, as always.
 */
export const createForms =
  ({ find }: Pick<Schemas, 'find'>): ((payload: Payload, said: Said) => Payload) =>
  (payload, { schema }) => {
    const name = nameIn(schema)
    if (name === undefined || !isProtobufType(payload.contentType) || framed.test(payload.contentType))
      return payload
    const type = find(name)
    return type === undefined ? payload : { ...payload, forms: formsOf(type, 'drop') }
  }

export type ShowOptions = {
  /** Names the setting's owner in messages: `channel "room:{room}"`. */
  readonly owner: string
  readonly settings: PayloadSettings
  readonly schemas: Pick<Schemas, 'find'>
  /** What is of no type that is listed: invalid, or nothing that this looks at. */
  readonly unlisted: 'invalid' | 'pass'
}

/** For values that must be messages. */
export function createShow({ owner, settings, schemas, unlisted }: ShowOptions): Show {
  const { unknown } = settings
  const types = new Map(Object.entries(settings.types))
  const listed = new Set([...types.values(), ...(settings.type === undefined ? [] : [settings.type])])
  const isAt = (name: string, indexes: Indexes): boolean => {
    const found = schemas.find(name)
    return found !== undefined && isSameIndexes(indexesOf(found.desc), indexes)
  }
  const nameOf = ({ schema, type, indexes }: Said): string | undefined => {
    if (indexes !== undefined) return [...listed].find((name) => isAt(name, indexes))
    const own = nameIn(schema)
    return own !== undefined && listed.has(own) ? own : (types.get(type ?? '') ?? settings.type)
  }
  return (payload, said) => {
    const type = schemas.find(nameOf(said) ?? '')
    if (type === undefined) {
      if (unlisted === 'pass') return payload
      return unshown(`${owner} has no message for the type "${said.type ?? ''}"`)
    }
    const encoding = encodingOf(payload.contentType)
    if (encoding === undefined)
      return unshown(`${owner}: ${payload.contentType} is no encoding of ${type.name}`)
    const read = readAs(type, encoding, payload, unknown)
    const broken = isInvalid(read) ? read : type.check(read.message)
    if (isInvalid(read) || broken !== undefined)
      return unshown(`${owner}: no valid ${type.name}: ${(broken?.violations ?? []).map(sayOf).join('; ')}`)
    return {
      // JSON goes on byte for byte where it can hold nothing but its message.
      bytes:
        encoding === 'protobuf' || (encoding === 'json' && unknown === 'reject')
          ? payload.bytes
          : type.toJson(read.message),
      contentType: encoding === 'protobuf' ? protobufType : jsonType,
      forms: formsOf(type, unknown),
    }
  }
}

const unshown = (message: string): Unshown => ({ reason: 'invalid', message })

const sayOf = ({ field, message }: Violation): string => (field === '' ? message : `${field} ${message}`)

const kept = new WeakMap<MessageType, Partial<Record<Unknown, PayloadForms>>>()

function formsOf(type: MessageType, unknown: Unknown): PayloadForms {
  const known = kept.get(type) ?? {}
  kept.set(type, known)
  known[unknown] ??= {
    schema: `${scheme}${type.name}`,
    json({ bytes }) {
      const read = type.readBinary(bytes, unknown)
      return isInvalid(read) ? undefined : type.toJson(read.message)
    },
    protobuf({ bytes }) {
      const read = type.readJson(bytes, unknown)
      return isInvalid(read) ? undefined : type.toBinary(read.message, false)
    },
  }
  return known[unknown]
}
