// The one table of settings: names, types, defaults and what each is for. Everything else about configuration follows from it.
import { z } from 'zod'
import { auth, type jwtIssuer } from './auth-settings.ts'
import { type channel, channels } from './channel-settings.ts'
import { compression } from './compression-settings.ts'
import { delivery } from './delivery-settings.ts'
import { feeds } from './feed-settings.ts'
import { type route, routes, topic } from './route-settings.ts'
import { duration, pause, size } from './units.ts'

const port = z.number().int().min(0).max(65_535)
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
  listen: z
    .strictObject({
      host: z.string().default('0.0.0.0').describe('address for clients'),
      port: port.default(8080).describe('port for clients; 0: any free one'),
      maxConnections: count.default(15_000).describe('sockets of this node, authenticated or not'),
      maxUnauthenticated: count.default(1_000).describe('sockets that have not authenticated yet'),
      handshakeTimeout: duration.default(10_000).describe('for the request headers to arrive'),
      maxHeaderSize: size.default(16_384).describe('bytes of request headers'),
    })
    .prefault({}),
  admin: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('address for /livez, /readyz and /metrics'),
      port: port.default(9091).describe('port for operators; 0: any free one'),
    })
    .prefault({}),
  kafka: z
    .strictObject({
      brokers: z
        .array(z.string().regex(/^.+:\d+$/, 'host:port'))
        .min(1)
        .default(['127.0.0.1:19092'])
        .describe('where the cluster is first asked'),
      clientId: z
        .string()
        .min(1)
        .default('openclaw-gateway')
        .describe('the name of this client in logs and quotas of Kafka'),
      compression: z
        .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
        .default('gzip')
        .describe('of batches of 2 KiB and more'),
      connectionTimeout: duration.default(1_000).describe('for a connection to a broker'),
      requestTimeout: duration.default(10_000).describe('for one answer of a broker'),
      stallAfter: duration
        .default(5_000)
        .describe('a request without an answer for this long counts as Kafka lost'),
      lanes: count
        .max(16)
        .default(1)
        .describe('producers side by side; one topic and key always use the same one'),
      maxBatch: count.max(1_000).default(500).describe('records in one produce request'),
      maxBatchBytes: size
        .default(900 * 1024)
        .describe('bytes in one produce request (topics take 1 MiB by default)'),
      maxQueue: count.default(20_000).describe('records waiting per producer'),
      maxQueueBytes: size.default(64 * 1024 ** 2).describe('bytes waiting per producer'),
      publishTimeout: duration.default(30_000).describe('a record that is not acked by then is refused'),
      joinTimeout: duration.default(30_000).describe('for a consumer group to give us our partition'),
    })
    .prefault({}),
  redis: z
    .strictObject({
      url: z
        .string()
        .regex(/^rediss?:\/\//, 'redis://… or rediss://…')
        .default('redis://127.0.0.1:16379')
        .describe('where the registry is; may hold user and password'),
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9:._-]{1,64}$/, 'a prefix is 1 to 64 of the characters A-Z a-z 0-9 : . _ -')
        .default('openclaw')
        .describe('begins every key'),
      commandTimeout: duration.default(1_000).describe('for one answer of Redis'),
    })
    .prefault({}),
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
  limits: z
    .strictObject({
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
    })
    .prefault({}),
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
  topics: z
    .strictObject({
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
      partitions: count
        .default(6)
        .describe('of dispatch, events, sessions, receipts and route topics that `topics apply` creates'),
      replication: count.default(1).describe('of topics that `topics apply` creates; 3 in production'),
    })
    .prefault({}),
  routes: routes.default({}).describe('where frames of clients go, by name'),
  channels: channels
    .default({})
    .describe('what clients may subscribe to, by pattern, such as "room:{room}"; the first that fits counts'),
  feeds: feeds.default({}).describe('topics that are made live, by name'),
})

/** The configuration after defaults and checks: durations in milliseconds, sizes in bytes, frozen. */
export type Config = z.output<typeof settings>
export type RouteConfig = z.output<typeof route>
export type ChannelConfig = z.output<typeof channel>
export type JwtIssuerConfig = z.output<typeof jwtIssuer>
export type KafkaConfig = Config['kafka']
export type RedisConfig = Config['redis']
