// Names of the topics and how `topics apply` makes them.
import { z } from 'zod'
import { topic } from './route-settings.ts'

const count = z.number().int().min(1)

export const topics = z.strictObject({
  slot: topic.default('openclaw.slot.').describe('slot topics are this and a number'),
  dispatch: topic
    .default('openclaw.dispatch')
    .describe('records for users and everyone, which any node resolves'),
  events: topic.default('openclaw.events').describe('what became of sessions'),
  sessions: topic.default('openclaw.sessions').describe('the same, compacted: who is online'),
  receipts: topic.default('openclaw.receipts').describe('what was or could not be delivered'),
  quarantine: topic.default('openclaw.quarantine').describe('records nobody could read, with the reason'),
  channels: topic.default('openclaw.channels').describe('what is published to channels'),
  revocations: topic
    .default('openclaw.revocations')
    .describe('credentials and sessions that are no longer good'),
  keys: topic.default('openclaw.keys').describe('API keys: whose they are, and hashes of their secrets'),
  partitions: count
    .default(6)
    .describe('of dispatch, events, sessions, receipts and route topics that `topics apply` creates'),
  replication: count.default(1).describe('of topics that `topics apply` creates; 3 in production'),
})
