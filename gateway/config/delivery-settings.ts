// Settings of what goes to clients: slots, sessions that come back, and how much may wait.
import { z } from 'zod'
import { outboundPayload } from './payload-settings.ts'
import { duration, size } from './units.ts'

const count = z.number().int().min(1)

export const delivery = z.strictObject({
  slots: count.max(4_096).default(64).describe('slot topics; at least twice the nodes'),
  resumeWindow: duration
    .default(120_000)
    .describe('how long a session without a connection is kept for its return'),
  leaseTtl: duration.default(10_000).describe('a node that does not renew for this long has lost its slot'),
  maxHops: count.default(4).describe('forwards of one record'),
  maxTargets: count.max(1_000).default(100).describe('targets in one ce_to'),
  maxPending: count
    .default(50_000)
    .describe(
      'deliveries of a slot not yet settled; past it the oldest that wait for absent sessions are reported',
    ),
  maxUnconfirmed: count
    .default(5_000)
    .describe('deliveries to one client that confirms, not yet confirmed; past it it is closed'),
  confirmTimeout: duration
    .default(60_000)
    .describe('a client that confirms and has not confirmed a delivery for so long is closed'),
  maxRemembered: count
    .default(100_000)
    .describe('sessions that went elsewhere or ended, as far as a slot remembers them'),
  maxResume: size
    .default(8 * 1024 ** 2)
    .describe('bytes that one session may have missed; past it the client gets a new session'),
  maxResumes: size
    .default(256 * 1024 ** 2)
    .describe('the same for all sessions that come back at a time; past it clients have to try again'),
  maxAdopted: count
    .default(4)
    .describe('slots of dead nodes that a node takes care of beside its own, at a time'),
  maxAge: duration
    .default(600_000)
    .describe('a delivery that names no ce_expirytime is stale, and not shown, when its record is older'),
  maxDeliverySize: size.default(900 * 1024).describe('bytes of one delivery'),
  resolveTimeout: duration
    .default(10_000)
    .describe('how long a target may stay unresolved while nodes register'),
  payload: outboundPayload.optional(),
})
