// Bounds of what clients may ask for and of what is kept for them.
import { z } from 'zod'
import { rates } from './rate-settings.ts'
import { duration, size } from './units.ts'

const count = z.number().int().min(1)

export const limits = z.strictObject({
  frame: size.default(64 * 1024).describe('bytes of one client message'),
  fragments: count.default(64).describe('fragments of one client message'),
  inflight: count.default(1_000).describe('publishes of one connection that wait for their ack'),
  requests: count.default(1_000).describe('requests of one session that wait for replies'),
  requestTimeout: duration.default(30_000).describe('for a request that names none'),
  subscriptions: count.default(1_000).describe('channels that one connection may be subscribed to'),
  channelName: count.max(256).default(255).describe('bytes of the name of a channel'),
  members: count
    .default(1_000)
    .describe('members of a channel that are listed; where there are more they are only counted'),
  history: size.default(4 * 1024 ** 2).describe("bytes of one channel's messages kept in memory"),
  outbox: size.default(2 * 1024 ** 2).describe('bytes waiting for one slow socket'),
  held: size
    .default(256 * 1024)
    .describe('bytes of frames held while a connection authenticates or is checked'),
  rates: rates.prefault({}),
})
