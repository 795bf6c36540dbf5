// Settings of channels: who may subscribe and publish to names of one pattern, and how their messages are kept.
import { z } from 'zod'
import { channelPayload } from './payload-settings.ts'
import { rule, topic } from './route-settings.ts'
import { pause } from './units.ts'

export const channel = z.strictObject({
  subscribe: rule
    .default(false)
    .describe(
      'who may subscribe: false (nobody), true (any authenticated principal), or CEL over `principal`, `channel` and the names in braces',
    ),
  publish: rule.default(false).describe('which clients may publish, in the same way; backends always may'),
  anonymous: z
    .boolean()
    .default(false)
    .describe('also principals without a credential, where the rule says so (needs auth.anonymous)'),
  topic: topic
    .optional()
    .describe('the topic with the messages of these channels, of one partition; default topics.channels'),
  history: pause
    .default(120_000)
    .describe('how long messages are kept in memory for those who come late; the topic keeps them longer'),
  members: z.boolean().default(false).describe('whether members are counted and shown'),
  whenSlow: z
    .enum(['disconnect', 'drop-oldest', 'conflate'])
    .default('disconnect')
    .describe(
      'a client that reads too slowly is closed, misses the oldest messages, or gets the newest of each ce_conflationkey',
    ),
  payload: channelPayload.optional(),
})

/** By pattern: `room:{room}`. The first whose pattern fits a name counts. */
export const channels = z.record(z.string().min(1), channel)
