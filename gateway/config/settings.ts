// The one table of settings: names, types, defaults and what each is for. Everything else about configuration follows from it.
import { z } from 'zod'
import { auth, type jwtIssuer } from './auth-settings.ts'
import { type channel, channels } from './channel-settings.ts'
import { compression } from './compression-settings.ts'
import { delivery } from './delivery-settings.ts'
import { dispatch } from './dispatch-settings.ts'
import { feeds } from './feed-settings.ts'
import type { introspection } from './introspection-settings.ts'
import { kafka } from './kafka-settings.ts'
import { limits } from './limit-settings.ts'
import { admin, listen } from './listen-settings.ts'
import { redis } from './redis-settings.ts'
import { type route, routes } from './route-settings.ts'
import { schemaRegistry, schemas } from './schema-settings.ts'
import { tables } from './table-settings.ts'
import { type tenant, tenants } from './tenant-settings.ts'
import { topics } from './topic-settings.ts'
import { duration, pause } from './units.ts'

const count = z.number().int().min(1)

export const settings = z.strictObject({
  cluster: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, '1 to 32 of the characters a-z 0-9 -')
    .default('main')
    .describe('in ce_source and in registry keys'),
  development: z
    .boolean()
    .default(false)
    .describe('localhost origins allowed; refused origins are logged with the line to add'),
  node: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 of the characters A-Z a-z 0-9 . _ -')
    .optional()
    .describe('name of this node in logs; default host and process id'),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('the least important kind of line that is logged'),
    })
    .prefault({}),
  listen: listen.prefault({}),
  admin: admin.prefault({}),
  kafka: kafka.prefault({}),
  redis: redis.prefault({}),
  session: z.strictObject({
    secrets: z
      .array(z.string().min(16, 'a secret has at least 16 characters'))
      .min(1)
      .meta({ secret: true })
      .describe(
        'sign resume tokens and forwards: the current first, previous ones after; the same on every node',
      ),
    window: count.default(1_000).describe('client ids remembered per connection, to tell repeats'),
    perUser: z
      .union([z.literal('unlimited'), count])
      .default('unlimited')
      .describe('sessions that a user may have at a time; the newest stay, the oldest are closed with 4409'),
  }),
  auth: auth.prefault({}),
  handshake: z
    .strictObject({
      reject: z
        .enum(['close', 'http'])
        .default('close')
        .describe('enveloped clients learn of a rejection by close code or by HTTP status'),
    })
    .prefault({}),
  origins: z.array(z.string()).default([]).describe('exact origins that browsers may come from'),
  limits: limits.prefault({}),
  compression: compression.prefault({}),
  heartbeat: duration
    .default(25_000)
    .describe('quiet time after which a heartbeat (and a WebSocket ping) is sent'),
  delivery: delivery.prefault({}),
  health: z
    .strictObject({
      canaryEvery: duration.default(3_000).describe('between two records that this node sends to itself'),
      grace: duration.default(30_000).describe('a canary must have come back within this time'),
    })
    .prefault({}),
  drain: z
    .strictObject({
      timeout: pause.default(15_000).describe('for a graceful stop as a whole'),
      spread: pause.default(2_000).describe('reconnects of drained clients are spread over this time'),
    })
    .prefault({}),
  dispatch: dispatch.prefault({}),
  topics: topics.prefault({}),
  tables: tables.prefault({}),
  routes: routes.default({}).describe('where frames of clients go, by name'),
  channels: channels
    .default({})
    .describe('what clients may subscribe to, by pattern, such as "room:{room}"; the first that fits counts'),
  feeds: feeds.default({}).describe('topics that are made live, by name'),
  schemas: schemas.prefault({}),
  schemaRegistry: schemaRegistry.prefault({}),
  tenants: tenants
    .default({})
    .describe('what is set for single tenants, by the name that credentials give; "" is the empty one'),
})

/** The configuration after defaults and checks: durations in milliseconds, sizes in bytes, frozen. */
export type Config = z.output<typeof settings>
export type RouteConfig = z.output<typeof route>
export type ChannelConfig = z.output<typeof channel>
export type TenantConfig = z.output<typeof tenant>
export type JwtIssuerConfig = z.output<typeof jwtIssuer>
export type IntrospectionConfig = z.output<typeof introspection>
export type KafkaConfig = Config['kafka']
export type RedisConfig = Config['redis']
