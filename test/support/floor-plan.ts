// The floor plan as tables: which room may import what, and which library lives where. Change a rule here, nowhere else.

/**
 * Where the top folders meet. `test` and `examples` may import anything.
 */
export const folders: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  gateway: ['schemas'],
  consumers: ['schemas'],
  client: ['schemas'],
  cli: ['gateway', 'consumers', 'schemas'],
  testkit: ['gateway', 'consumers', 'client', 'schemas'],
  load: ['gateway', 'consumers', 'client', 'cli', 'schemas'],
}

/** What every room with an inside of its own may know: its ports are given to it, and settings and events are types. */
const known = ['ports', 'errors', 'events:types', 'log:types', 'config:types']

/**
 * Arrows between the rooms of the gateway, and from the command line into it. An entry is
 *   `room`          everything in that folder, or that file beside the folders (`errors` is errors.ts)
 *   `room:types`    its types alone
 *   `room/file`     that one file
 *   `*`             everything
 */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  'tls-files': [],
  log: ['config:types'],
  metrics: ['config:types'],
  'table-events': ['log', 'metrics'],
  'credential-events': ['log', 'metrics'],
  'client-events': ['metrics:types'],
  'limit-events': ['log', 'metrics'],
  events: ['errors', 'log', 'metrics', 'table-events', 'credential-events', 'client-events', 'limit-events'],
  lifecycle: ['errors', 'events', 'log:types'],
  readiness: ['errors', 'events', 'server:types'],

  // Rules and patterns are compiled where they are checked; URLs are judged alike when read and when fetched.
  config: [
    'policy',
    'payloads',
    'channels/pattern',
    'channels/feed-template',
    'admission/safe-url',
    'tls-files',
  ],
  protocol: ['errors', 'schemas'],
  policy: ['errors', 'schemas'],
  payloads: ['errors', 'schemas', 'protocol/content-types', 'protocol/msgpack-json', 'protocol:types'],

  session: ['protocol', 'policy', 'payloads', 'schemas', ...known],
  connection: ['session', 'protocol', ...known],
  admission: ['session:types', 'protocol', 'policy', ...known],
  inbound: [
    'connection',
    'session',
    'admission:types',
    'protocol',
    'policy',
    'payloads',
    'delivery/targets',
    ...known,
  ],
  delivery: ['connection', 'session', 'protocol', 'policy', 'payloads', 'schemas', ...known],
  moving: [],
  slots: ['moving', 'delivery', 'connection:types', 'session', 'protocol', ...known],
  channels: ['delivery', 'connection:types', 'session', 'protocol', 'policy', 'payloads', ...known],
  server: ['tls-files', 'admission', 'connection', 'protocol', 'events', ...known],

  limits: ['session:types', ...known],

  // The files of TLS are read again for each connection.
  broker: ['tls-files', ...known],
  'schema-registry': [...known],
  registry: ['tls-files', ...known],

  compose: ['*'],
  main: ['config', 'compose', 'lifecycle', 'log', 'errors'],
  cli: ['config', 'compose', 'main', 'errors', 'ports', 'payloads/descriptors'],
}

/** What `ports` stands for in the table above: types that a room declares for others to implement or to be given. */
export const portFiles: readonly string[] = [
  'admission/ports',
  'inbound/ports',
  'delivery/ports',
  'registry/ports',
  'broker/ports',
  'session/ports',
  'connection/ports',
  'limits/ports',
  'channels/ports',
  'channels/members-port',
  'slots/ports',
]

/** Each library in one room of the gateway. What is not listed may not be imported there at all. */
export const libraries: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['broker'],
  'lz4-napi': ['broker'],
  snappyjs: ['broker'],
  ioredis: ['registry'],
  ws: ['server'],
  jose: ['admission'],
  zod: ['config'],
  yaml: ['config'],
  pino: ['log'],
  'pino-pretty': ['log'],
  'prom-client': ['metrics'],
  // Whoever reads or writes a message of the schemas needs its runtime.
  '@bufbuild/protobuf': ['protocol', 'payloads', 'session', 'delivery', 'moving'],
  '@bufbuild/cel': ['policy'],
  '@bufbuild/protovalidate': ['payloads'],
  '@kafkajs/confluent-schema-registry': ['schema-registry'],
  'rate-limiter-flexible': ['registry', 'limits'],
}

/** Parts of Node that belong to one room as libraries do; their types may be used anywhere. */
export const nodeParts: Readonly<Record<string, readonly string[]>> = {
  'node:http': ['server'],
  'node:https': ['server'],
  'node:http2': ['server'],
}

/** The only folder of the backends that knows Kafka's client. */
export const consumersKafka = 'consumers/kit/'

/** Rooms that neither look at a clock nor touch the world: same input, same output. */
export const pureRooms: readonly string[] = ['protocol', 'policy', 'payloads', 'moving', 'errors']

/** What a pure room may take from Node. */
export const pureNodeParts: readonly string[] = ['node:buffer', 'node:crypto', 'node:util']

/** The most lines a file may have. */
export const mostLines = 200
