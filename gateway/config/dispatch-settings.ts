// Settings of the dispatch topic, which is a feed that is always there: whom its records may be for.
import { z } from 'zod'

export const targetKinds = ['session', 'user', 'channel', 'everyone'] as const

export const dispatch = z.strictObject({
  tenants: z
    .array(z.string().max(256))
    .optional()
    .describe('the tenants that records on topics.dispatch may be for; "" is the empty one; absent: all'),
  targets: z
    .array(z.enum(targetKinds))
    .default([...targetKinds])
    .describe('the kinds of targets that records on topics.dispatch may name; none: it is closed'),
})
