// One message of a schema, made ready once: read from JSON and protobuf, held against its rules, written in both. Pure.
import { isUtf8 } from 'node:buffer'
import {
  type DescMessage,
  fromBinary,
  fromJson,
  fromJsonString,
  type JsonValue,
  type Message,
  type Registry,
  toBinary,
  toJson,
} from '@bufbuild/protobuf'
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect'
import type { Validator } from '@bufbuild/protovalidate'
import { blame, sayOf } from './blame.ts'
import { exactNumbers } from './exact-numbers.ts'
import { type Invalid, invalid } from './invalid.ts'
import { finderOf, type Odd } from './odd.ts'
import { hasRules, violationsOf } from './rules.ts'

/** Fields that the message does not have: a reason to refuse, or left out. */
export type Unknown = 'reject' | 'drop'

/** The message, and whether the bytes it was read from hold fields that it does not have. */
export type Read = { readonly message: Message; readonly hasUnknown: boolean }

export type MessageType = {
  readonly name: string
  readonly desc: DescMessage
  /** Reads ProtoJSON. Never throws. */
  readJson(bytes: Buffer, unknown: Unknown): Read | Invalid
  /** Reads protobuf. Never throws. What is read can also be written as JSON. */
  readBinary(bytes: Uint8Array, unknown: Unknown): Read | Invalid
  /** Holds a message against the rules in its schema; undefined where it keeps them. */
  check(message: Message): Invalid | undefined
  /** Its ProtoJSON as a value. Throws for what JSON cannot say, which nothing that was read here is. */
  toValue(message: Message): JsonValue
  toJson(message: Message): Buffer
  /** `keepUnknown`: with the fields that the message does not have. */
  toBinary(message: Message, keepUnknown: boolean): Buffer
}

/** Messages in messages; one more is invalid. */
export const deepest = 100

/** A message as rules in CEL see it. */
export const reflected = ({ desc }: MessageType, message: Message): ReflectMessage => reflect(desc, message)

const nothingKnown: Read['hasUnknown'] = false

/** `registry` knows what may be in an `Any`. Throws where a rule of the message cannot be understood. */
export function compileType(desc: DescMessage, registry: Registry, validator: Validator): MessageType {
  const strict = { registry, recursionLimit: deepest, ignoreUnknownFields: false }
  const lenient = { ...strict, ignoreUnknownFields: true }
  const written = { registry }
  const oddIn = finderOf(desc, registry)
  const isRuled = hasRules(desc)
  const name = desc.typeName
  const type: MessageType = {
    name,
    desc,
    readJson(bytes, unknown) {
      const options = unknown === 'reject' ? strict : lenient
      if (!isUtf8(bytes)) return invalid('', 'json', 'is no UTF-8')
      const text = bytes.toString()
      try {
        // Reads the text in any case: it also finds names that are given twice.
        const message = fromJsonString(desc, text, options)
        const exact = exactNumbers(desc, text, registry)
        return {
          message: exact === undefined ? message : fromJson(desc, exact, options),
          hasUnknown: nothingKnown,
        }
      } catch (failure) {
        return { violations: [blame(desc, text, options, failure)] }
      }
    },
    readBinary(bytes, unknown) {
      try {
        const message = fromBinary(desc, bytes, { readUnknownFields: true, recursionLimit: deepest })
        const odd = oddIn?.(message, '')
        if (odd === undefined) return { message, hasUnknown: false }
        if (odd.rule !== 'unknown-field') return oddly(odd)
        return unknown === 'drop' ? { message, hasUnknown: true } : oddly(odd)
      } catch (failure) {
        return invalid('', 'protobuf', `is no ${name} in protobuf: ${sayOf(failure)}`)
      }
    },
    check: (message) => (isRuled ? violationsOf(validator, desc, message) : undefined),
    toValue: (message) => toJson(desc, message, written),
    toJson: (message) => Buffer.from(JSON.stringify(toJson(desc, message, written))),
    toBinary(message, keepUnknown) {
      const bytes = toBinary(desc, message, { writeUnknownFields: keepUnknown })
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    },
  }
  return type
}

const oddly = ({ field, rule, message }: Odd): Invalid => invalid(field, rule, message)
