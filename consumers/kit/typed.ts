// Payloads that are protobuf messages: read and written as JSON (ProtoJSON) or in protobuf's own form, as the content type says.
import {
  create,
  type DescMessage,
  fromBinary,
  fromJsonString,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf'
import { toText } from './log.ts'
import { Unprocessable } from './unprocessable.ts'

export type Form = 'json' | 'protobuf'

const json = /^(?:application\/json|[^;]*\+json)[ \t]*(?:;|$)/i
const protobuf = /^application\/(?:(?:x-|vnd\.google\.)?protobuf|octet-stream)[ \t]*(?:;|$)/i

/** Undefined for what a message cannot be. Without a content type it is JSON. */
export function formOf(contentType = 'application/json'): Form | undefined {
  if (json.test(contentType)) return 'json'
  return protobuf.test(contentType) ? 'protobuf' : undefined
}

/** Throws Unprocessable where it is no such message. Fields that the schema does not have are passed over. */
export function readMessage<D extends DescMessage>(
  schema: D,
  value: Buffer,
  contentType?: string,
): MessageShape<D> {
  const form = formOf(contentType)
  if (form === undefined)
    throw new Unprocessable(`${contentType} cannot be a ${schema.typeName}; send JSON or protobuf`)
  try {
    if (form === 'protobuf') return fromBinary(schema, value)
    return fromJsonString(schema, value.toString(), { ignoreUnknownFields: true })
  } catch (thrown) {
    throw new Unprocessable(`no ${schema.typeName}: ${toText(thrown)}`)
  }
}

export type Written = {
  readonly value: Buffer
  readonly contentType: string
  /** For `ce_dataschema`. */
  readonly dataSchema: string
}

export function writeMessage<D extends DescMessage>(
  schema: D,
  init: MessageInitShape<D>,
  form: Form,
): Written {
  const message = create(schema, init)
  const dataSchema = `proto:${schema.typeName}`
  if (form === 'protobuf')
    return {
      value: Buffer.from(toBinary(schema, message)),
      contentType: 'application/protobuf',
      dataSchema,
    }
  return { value: Buffer.from(toJsonString(schema, message)), contentType: 'application/json', dataSchema }
}
