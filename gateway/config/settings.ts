// The one table of settings: names, types, defaults and what each is for. Everything else about configuration follows from it.
import { z } from 'zod'
import { duration, size } from './units.ts'

const port = z.coerce.number().int().min(0).max(65_535)
const count = z.coerce.number().int().min(1)
const topic = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,249}$/, 'a topic name is 1 to 249 of the characters A-Z a-z 0-9 . _ -')

/** An algorithm a token may be signed with. Symmetric ones and `none` are not on the list. */
export const jwtAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
] as const

const jwtIssuer = z
  .strictObject({
    issuer: z.string().min(1).describe('the exact `iss` of accepted tokens'),
    audience: z.string().min(1).describe('a value that `aud` must contain'),
    jwksUri: z.url().optional().describe('where the keys are: https, or http on loopback'),
    jwksFile: z.string().optional().describe('a file with the keys (JWKS JSON), relative to this file'),
    algorithms: z
      .array(z.enum(jwtAlgorithms))
      .min(1)
      .default(['ES256', 'RS256', 'EdDSA'])
      .describe('accepted signatures'),
    clockTolerance: duration.default(5_000).describe('how far clocks may be apart'),
    userClaim: z.string().default('sub').describe('the claim that names the user'),
    tenantClaim: z.string().optional().describe('the claim that names the tenant; absent: the empty tenant'),
  })
  .refine((given) => (given.jwksUri === undefined) !== (given.jwksFile === undefined), {
    message: 'give exactly one of jwksUri and jwksFile',
  })

const routeMatch = z
  .strictObject({
    path: z.string().startsWith('/').optional().describe('the path of the connection'),
    field: z.enum(['type', 'route']).optional().describe('a field of the frame'),
    equals: z.string().optional().describe('what that field must be'),
  })
  .refine((given) => (given.field === undefined) === (given.equals === undefined), {
    message: '`field` and `equals` go together',
  })
  .refine((given) => given.path !== undefined || given.field !== undefined, {
    message: 'an empty match fits nothing',
  })

const route = z.strictObject({
  topic: topic.describe('the Kafka topic that frames of this route are published to'),
  key: z
    .string()
    .regex(/^(user|session|payload(\.[A-Za-z0-9_-]+)+)$/, 'one of user, session, payload.<field>')
    .default('user')
    .describe('the Kafka key: user (the session where anonymous), session, or a field of a JSON payload'),
  allow: z.boolean().default(true).describe('true: any authenticated principal; false: nobody'),
  anonymous: z
    .boolean()
    .default(false)
    .describe('also principals without a credential (needs auth.anonymous)'),
  match: z.array(routeMatch).default([]).describe('when a frame that names no route is taken by this one'),
  ack: z
    .enum(['full', 'position-only'])
    .default('full')
    .describe('position-only hides topic, partition and offset'),
  headers: z
    .enum(['minimal', 'full', 'spring'])
    .default('full')
    .describe('which headers records of this route carry'),
  claims: z.array(z.string()).default([]).describe('claims of the token that go into ce_claims'),
  contentType: z.string().default('application/octet-stream').describe('content type of binary raw frames'),
})

export const settings = z.strictObject({
  cluster: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .default('main')
    .describe('in ce_source and in registry keys'),
  development: z
    .boolean()
    .default(false)
    .describe('localhost origins allowed; refused origins are logged with the line to add'),
  node: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .optional()
    .describe('name of this node in logs; default host and process id'),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') })
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
      port: port.default(9091),
    })
    .prefault({}),
  kafka: z
    .strictObject({
      brokers: z
        .array(z.string().regex(/^.+:\d+$/, 'host:port'))
        .min(1)
        .default(['127.0.0.1:19092']),
      clientId: z.string().default('openclaw-gateway'),
      compression: z
        .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
        .default('gzip')
        .describe('of batches of 2 KiB and more'),
      connectionTimeout: duration.default(1_000),
      requestTimeout: duration.default(10_000),
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
        .default('redis://127.0.0.1:16379'),
      prefix: z.string().default('openclaw').describe('begins every key'),
      commandTimeout: duration.default(1_000),
    })
    .prefault({}),
  session: z.strictObject({
    secrets: z
      .array(z.string().min(16, 'a secret has at least 16 characters'))
      .min(1)
      .describe(
        'sign resume tokens and forwards: the current first, previous ones after; the same on every node',
      ),
    window: count.default(1_000).describe('client ids remembered per session, to tell repeats'),
  }),
  auth: z
    .strictObject({
      jwt: z.array(jwtIssuer).default([]),
      anonymous: z
        .boolean()
        .default(false)
        .describe('connections without a credential are let in, to routes that say anonymous'),
      helloTimeout: duration.default(10_000).describe('for `hello` to arrive and be accepted'),
      maxTokenSize: size.default(8_192),
    })
    .prefault({}),
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
      outbox: size.default(1024 ** 2).describe('bytes waiting for one slow socket'),
      held: size
        .default(256 * 1024)
        .describe('bytes of frames held while a connection authenticates or is checked'),
    })
    .prefault({}),
  heartbeat: duration
    .default(25_000)
    .describe('quiet time after which a heartbeat (and a WebSocket ping) is sent'),
  delivery: z
    .strictObject({
      slots: count.max(4_096).default(64).describe('slot topics; at least twice the nodes'),
      resumeWindow: duration.default(120_000).describe('how long a lost session can be resumed'),
      leaseTtl: duration
        .default(10_000)
        .describe('a node that does not renew for this long has lost its slot'),
      maxHops: count.default(4).describe('forwards of one record'),
      maxTargets: count.max(1_000).default(100).describe('targets in one ce_to'),
      maxPending: count.default(20_000).describe('deliveries of a slot not yet settled'),
      maxDeliverySize: size.default(900 * 1024).describe('bytes of one delivery'),
      resolveTimeout: duration
        .default(10_000)
        .describe('how long a target may stay unresolved while nodes register'),
    })
    .prefault({}),
  health: z
    .strictObject({
      canaryEvery: duration.default(3_000).describe('between two records that this node sends to itself'),
      grace: duration.default(30_000).describe('a canary must have come back within this time'),
    })
    .prefault({}),
  drain: z
    .strictObject({
      timeout: duration.default(15_000).describe('for a graceful stop as a whole'),
      spread: duration.default(2_000).describe('reconnects of drained clients are spread over this time'),
    })
    .prefault({}),
  topics: z
    .strictObject({
      slot: topic.default('openclaw.slot.').describe('slot topics are this and a number'),
      dispatch: topic.default('openclaw.dispatch'),
      events: topic.default('openclaw.events'),
      sessions: topic.default('openclaw.sessions'),
      receipts: topic.default('openclaw.receipts'),
      quarantine: topic.default('openclaw.quarantine'),
      channels: topic.default('openclaw.channels'),
      revocations: topic.default('openclaw.revocations'),
      partitions: count
        .default(6)
        .describe('of dispatch, events, sessions, receipts and route topics that `topics apply` creates'),
      replication: count.default(1).describe('of topics that `topics apply` creates; 3 in production'),
    })
    .prefault({}),
  routes: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'a route name is lower case'), route)
    .default({}),
})

/** The configuration after defaults and checks: durations in milliseconds, sizes in bytes, frozen. */
export type Config = z.output<typeof settings>
export type RouteConfig = z.output<typeof route>
export type JwtIssuerConfig = z.output<typeof jwtIssuer>
export type KafkaConfig = Config['kafka']
export type RedisConfig = Config['redis']
