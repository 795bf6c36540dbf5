// Settings of one route: which frames it takes, to which topic, under which key.
import { z } from 'zod'
import { routePayload } from './payload-settings.ts'
import { rate } from './units.ts'

/** What Kafka takes as the name of a topic. */
export const topic = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,249}$/, 'a topic name is 1 to 249 of the characters A-Z a-z 0-9 . _ -')

/** true, false or an expression; whether it is one that can be right is checked with the names it may use. */
export const rule = z
  .union([z.boolean(), z.string()], { error: 'expected true, false or a rule in CEL' })
  .meta({ kind: 'rule' })

const routeMatch = z
  .strictObject({
    path: z
      .string()
      .startsWith('/', 'a path begins with /')
      .optional()
      .describe('the path of the connection'),
    field: z.enum(['type', 'route']).optional().describe('a field of the frame'),
    equals: z.string().optional().describe('what that field must be'),
  })
  .refine((given) => (given.field === undefined) === (given.equals === undefined), {
    message: '`field` and `equals` go together',
  })
  .refine((given) => given.path !== undefined || given.field !== undefined, {
    message: 'an empty match fits nothing',
  })

export const route = z.strictObject({
  topic: topic.describe('the Kafka topic that frames of this route are published to'),
  key: z
    .string()
    .regex(/^(user|session|payload(\.[A-Za-z0-9_-]+)+)$/, 'one of user, session, payload.<field>')
    .default('user')
    .describe('the Kafka key: user (the session where anonymous), session, or a field of a JSON payload'),
  allow: rule
    .default(true)
    .describe(
      'who may use it: true (any authenticated principal), false (nobody), or CEL over `principal` and `type`',
    ),
  anonymous: z
    .boolean()
    .default(false)
    .describe('also principals without a credential (needs auth.anonymous)'),
  match: z.array(routeMatch).default([]).describe('when a frame that names no route is taken by this one'),
  ack: z
    .enum(['full', 'position-only'])
    .default('full')
    .describe('position-only hides topic, partition and offset'),
  rate: rate.optional().describe('how often one user, on one node, may use this route: 20/s'),
  headers: z
    .enum(['minimal', 'full', 'spring'])
    .default('full')
    .describe('which headers records of this route carry'),
  claims: z.array(z.string().min(1)).default([]).describe('claims of the token that go into ce_claims'),
  contentType: z
    .string()
    .min(1)
    .default('application/octet-stream')
    .describe('content type of binary raw frames'),
  payload: routePayload.optional(),
})

export const routes = z.record(
  z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._-]{0,63}$/,
      'a route name is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit',
    ),
  route,
)
