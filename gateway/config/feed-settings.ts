// Settings of one feed: a topic that knows nothing of the gateway, and whom its records are for.
import { z } from 'zod'
import { outboundPayload } from './payload-settings.ts'
import { topic } from './route-settings.ts'

const feed = z.strictObject({
  topic: topic.describe('the topic that is made live; any number of partitions'),
  to: z
    .string()
    .min(1)
    .describe(
      'whom each record is for: a target such as channel:ticker:{key} or user:{value.customer.id} (also {header:<name>}), or header: each says it itself',
    ),
  tenant: z
    .string()
    .max(256)
    .optional()
    .describe('the tenant of the targets; default the empty one, with header: what each record says'),
  type: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('shown as the type of each message; default its ce_type'),
  contentType: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('content type of the values; default what the record says, else what the value looks like'),
  framing: z
    .enum(['none', 'confluent'])
    .default('none')
    .describe('confluent: the five bytes that a schema registry puts in front of each value are taken off'),
  targets: z
    .array(z.enum(['session', 'user', 'channel', 'everyone']))
    .min(1)
    .default(['session', 'user', 'channel', 'everyone'])
    .describe('with to: header, the kinds of targets that records may name'),
  payload: outboundPayload.optional(),
})

export const feeds = z.record(
  z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._-]{0,63}$/,
      'the name of a feed is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit',
    ),
  feed,
)
