// Settings of single tenants: topics of their own, and how much they may ask of the cluster.
import { z } from 'zod'
import { topic } from './route-settings.ts'
import { size } from './units.ts'

const count = z.number().int().min(1)

/** Of the tenant as a whole, over all nodes. What is absent is not limited. */
const quotas = z.strictObject({
  connections: count.optional().describe('connections of the tenant at a time, over all nodes'),
  messagesPerSecond: count
    .optional()
    .describe('frames of all clients of the tenant in a second, over all nodes'),
  bytesPerSecond: size
    .optional()
    .describe('bytes of frames of all clients of the tenant in a second, over all nodes'),
})

export const tenant = z.strictObject({
  topicPrefix: topic
    .optional()
    .describe("put before the topics of routes for this tenant's clients: acme. makes chat.in acme.chat.in"),
  replyTo: topic
    .optional()
    .describe(
      'what ce_replyto names in records of its clients: the topic of a feed of this tenant; default the slot topic',
    ),
  quotas: quotas.prefault({}),
})

const longestName = 256

/** By the name that credentials give. Look names up with `Object.hasOwn`: they come from outside. */
export const tenants = z.record(
  z
    .string()
    .refine(
      (name) =>
        Buffer.byteLength(name) <= longestName && !/[\p{Cc}\p{Cs}]/u.test(name) && name !== '__proto__',
      `the name of a tenant has up to ${longestName} bytes, all printable; "" is the empty tenant`,
    ),
  tenant,
)
