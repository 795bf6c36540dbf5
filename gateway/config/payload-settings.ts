// Settings of payloads: which protobuf message they must be, how clients may send it, and how it stands in Kafka.
import { z } from 'zod'

const typeName = z
  .string()
  .regex(
    /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/,
    'the full name of a message, such as openclaw.examples.chat.v1.Message',
  )

const one = typeName
  .optional()
  .describe('the message that payloads are whose type is not among `types`; without it those are refused')

const framing = z
  .enum(['none', 'confluent'])
  .default('none')
  .describe('confluent: values begin with the number of their schema, as `schemaRegistry` knows it')

const typed = {
  types: z
    .record(z.string().min(1).max(128), typeName.describe('full name of a message in `schemas.images`'))
    .default({})
    .describe('the message for each type: of a frame its `type`, of a record its ce_type'),
  type: one,
}

const taken = {
  accept: z
    .array(z.enum(['json', 'protobuf', 'msgpack']))
    .min(1)
    .default(['json', 'protobuf', 'msgpack'])
    .describe('what clients may send: JSON, protobuf, MessagePack'),
  store: z.enum(['json', 'protobuf']).default('protobuf').describe('what stands in Kafka'),
}

const unknown = (fallback: 'reject' | 'drop') =>
  z
    .enum(['reject', 'drop'])
    .default(fallback)
    .describe('fields that the message does not have make a payload invalid, or are left out')

const isSome = (given: { readonly types: object; readonly type?: string | undefined }): boolean =>
  given.type !== undefined || Object.keys(given.types).length > 0

const none = { message: 'name a message: `type` for all payloads, or `types` for each type' }

/** Of a route: what its frames carry. */
export const routePayload = z
  .strictObject({ ...typed, ...taken, unknown: unknown('reject'), framing })
  .refine(isSome, none)

/** Of a channel: what clients and backends publish to it. */
export const channelPayload = z
  .strictObject({ ...typed, ...taken, unknown: unknown('reject') })
  .refine(isSome, none)

/** Of what only backends write: a feed's values, and deliveries. */
export const outboundPayload = z.strictObject({ ...typed, unknown: unknown('drop') }).refine(isSome, none)
