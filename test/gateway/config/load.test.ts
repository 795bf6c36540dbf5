// loadConfig: the file, variables over it, references inside it, and every mistake named at once.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Loaded, loadConfig, type Overrides } from '../../../gateway/config/load.ts'
import { problemText } from '../../../gateway/config/problem.ts'

const minimal = 'session: { secrets: ["${file:secret}"] }\nauth: { anonymous: true }\n'

const write = (t: TestContext, files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-config-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

type Given = {
  yaml?: string
  env?: Record<string, string>
  overrides?: Overrides
  files?: Record<string, string>
}

const load = (t: TestContext, { yaml = minimal, env = {}, overrides = {}, files = {} }: Given) => {
  const folder = write(t, { 'openclaw.yaml': yaml, secret: '0123456789abcdef', ...files })
  return loadConfig({ file: join(folder, 'openclaw.yaml'), env, overrides })
}

const good = (loaded: Loaded) => {
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.problems.map(problemText).join('\n'))
  return loaded
}

const problems = (loaded: Loaded): readonly string[] => {
  assert.ok(!loaded.ok, 'the configuration should have been refused')
  return loaded.problems.map((each) => problemText(each).replace(/^\S*openclaw\.yaml/, 'openclaw.yaml'))
}

test('a small file is filled up with defaults, in milliseconds and bytes', (t) => {
  const { config } = good(load(t, { yaml: `${minimal}listen: { port: 81 }\nheartbeat: 10s\n` }))
  assert.equal(config.listen.port, 81)
  assert.equal(config.heartbeat, 10_000)
  assert.equal(config.limits.frame, 65_536)
  assert.deepEqual(config.kafka.brokers, ['127.0.0.1:19092'])
})

test('the configuration is frozen all the way down', (t) => {
  const { config } = good(load(t, { yaml: `${minimal}routes: { echo: { topic: echo.in } }\n` }))
  assert.ok(Object.isFrozen(config.routes.echo?.match) && Object.isFrozen(config.kafka.brokers))
})

test('variables win over the file and overrides over both, and each value knows where it came from', (t) => {
  const { config, sources } = good(
    load(t, {
      yaml: `${minimal}listen:\n  port: 81\n  maxConnections: 5\nkafka: { brokers: [a:1] }\n`,
      env: { OPENCLAW_LISTEN_PORT: '82', OPENCLAW_KAFKA_BROKERS: 'b:1, c:2', OPENCLAW_DEVELOPMENT: 'true' },
      overrides: { listen: { host: '127.0.0.1', port: 0 } },
    }),
  )
  assert.equal(config.listen.port, 0)
  assert.equal(config.listen.maxConnections, 5)
  assert.deepEqual(config.kafka.brokers, ['b:1', 'c:2'])
  assert.equal(config.development, true)
  assert.equal(sources.get('listen.port'), 'overrides')
  assert.equal(sources.get('kafka.brokers'), 'OPENCLAW_KAFKA_BROKERS')
  assert.match(sources.get('listen.maxConnections') ?? '', /openclaw\.yaml:5:3$/)
  assert.equal(sources.get('admin.port'), undefined)
})

test('camel case becomes words in a variable, durations and sections too', (t) => {
  const { config } = good(
    load(t, {
      env: {
        OPENCLAW_LISTEN_MAX_CONNECTIONS: '7',
        OPENCLAW_DELIVERY_RESUME_WINDOW: '5m',
        OPENCLAW_ROUTES: '{"echo": {"topic": "echo.in"}}',
      },
    }),
  )
  assert.equal(config.listen.maxConnections, 7)
  assert.equal(config.delivery.resumeWindow, 300_000)
  assert.equal(config.routes.echo?.topic, 'echo.in')
})

test('an empty variable counts as not set', (t) => {
  assert.equal(good(load(t, { env: { OPENCLAW_LISTEN_PORT: '' } })).config.listen.port, 8080)
})

test('without a file, variables are enough', () => {
  const env = { OPENCLAW_SESSION_SECRETS: 'x'.repeat(16), OPENCLAW_AUTH_ANONYMOUS: 'true' }
  assert.equal(good(loadConfig({ env })).config.auth.anonymous, true)
})

test('references are filled from variables and from files beside the configuration', (t) => {
  const { config } = good(
    load(t, {
      yaml:
        'session: { secrets: ["${env:MY_SECRET}", "${file:secret.txt}"] }\nauth: { anonymous: "${env:OPEN}" }\n' +
        'listen: { port: "${env:PORT}" }\nredis: { url: "redis://:${env:WORD}@h:1" }\n',
      env: { MY_SECRET: '1234567890123456', OPEN: 'true', PORT: '83', WORD: 'w' },
      files: { 'secret.txt': 'from-a-file-123456\n' },
    }),
  )
  assert.deepEqual(config.session.secrets, ['1234567890123456', 'from-a-file-123456'])
  assert.equal(config.listen.port, 83)
  assert.equal(config.redis.url, 'redis://:w@h:1')
})

test('a reference that leads nowhere is one problem at its own line', (t) => {
  const yaml =
    'auth: { anonymous: true }\nsession:\n  secrets:\n    - ${env:NOPE}\n    - ${file:nope.txt}\n    - ${what:x}\n'
  assert.deepEqual(problems(load(t, { yaml })), [
    'openclaw.yaml:4:7 session.secrets[0]: the variable NOPE is not set',
    'openclaw.yaml:5:7 session.secrets[1]: cannot read the file nope.txt',
    'openclaw.yaml:6:7 session.secrets[2]: ${what:…} is not known; use ${env:NAME} or ${file:PATH}',
  ])
})

test('a reference under a value that a variable replaces is not followed', (t) => {
  const yaml = 'auth: { anonymous: true }\nsession: { secrets: ["${env:NOPE}"] }\n'
  const env = { OPENCLAW_SESSION_SECRETS: 'another-secret-1' }
  assert.deepEqual(good(load(t, { yaml, env })).config.session.secrets, ['another-secret-1'])
})

test('a mistyped variable is named with the nearest real one; stack, test and referenced ones are let be', (t) => {
  const yaml = 'session: { secrets: ["${env:OPENCLAW_MINE}"] }\nauth: { anonymous: true }\n'
  const env = {
    OPENCLAW_LISTN_PORT: '1',
    OPENCLAW_KAFKA_PORT: '1',
    OPENCLAW_TEST_X: '1',
    OPENCLAW_MINE: 'x'.repeat(16),
    OTHER: '1',
  }
  assert.deepEqual(problems(load(t, { yaml, env })), [
    'OPENCLAW_LISTN_PORT: no setting has this variable; did you mean OPENCLAW_LISTEN_PORT?',
  ])
})

test('unknown names, bad values, missing values and contradictions come together, in the order of the file', (t) => {
  const yaml = `development: true
listen: { prt: 1, port: 70000 }
session: { secrets: [short] }
heartbeat: 5m
port: 8080
routes:
  chat: { topic: openclaw.dispatch, key: x }
  Chat: { topic: a }
  none: { key: user }
`
  assert.deepEqual(problems(load(t, { yaml, env: { OPENCLAW_KAFKA_LANES: 'many' } })), [
    'OPENCLAW_KAFKA_LANES kafka.lanes: got "many"; expected a number',
    'openclaw.yaml:2:11 listen.prt: there is no such setting; did you mean port?',
    'openclaw.yaml:2:19 listen.port: got 70000; at most 65535',
    'openclaw.yaml:3:22 session.secrets[0]: a secret has at least 16 characters',
    'openclaw.yaml:4:1 heartbeat: 5m must be less than 1/2 of delivery.resumeWindow (2m): a client reconnects after two silent heartbeats, and must then still find its session',
    'openclaw.yaml:4:1 heartbeat: 5m must be less than delivery.confirmTimeout (1m): a client that confirms what it hears would be closed before it hears of a position',
    'openclaw.yaml:5:1 port: there is no such setting; did you mean listen.port?',
    "openclaw.yaml:7:11 routes.chat.topic: openclaw.dispatch is the gateway's own (topics.dispatch); clients must not write it",
    'openclaw.yaml:7:37 routes.chat.key: got "x"; one of user, session, payload.<field>',
    'openclaw.yaml:8:3 routes.Chat: the name is not allowed; a route name is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit',
    'openclaw.yaml:9:3 routes.none.topic: is required',
  ])
})

test('a problem never repeats a secret or a password', (t) => {
  const yaml =
    'auth: { anonymous: true }\nsession: { secrets: [hunter2] }\nredis: { url: "http://me:hunter2@h" }\n'
  const text = problems(load(t, { yaml })).join('\n')
  assert.equal(text.includes('hunter2'), false, text)
})

test('what is not YAML, or no file at all, is a problem and not an exception', (t) => {
  assert.match(
    problems(load(t, { yaml: 'a: [1\nb: }' }))[0] ?? '',
    /^openclaw\.yaml:\d+:\d+: not readable as YAML: /,
  )
  assert.match(problems(load(t, { yaml: 'a: *nowhere' }))[0] ?? '', /not readable as YAML/)
  assert.match(problems(load(t, { yaml: 'a: 1\na: 2\n' }))[0] ?? '', /^openclaw\.yaml:2:1: .*unique/)
  assert.match(problems(load(t, { yaml: '- a\n- b\n' }))[0] ?? '', /must be a list of settings/)
  const missing = loadConfig({ file: '/nowhere/openclaw.yaml', env: {} })
  assert.deepEqual(missing.ok ? [] : missing.problems.map(problemText), [
    '/nowhere/openclaw.yaml: there is no such file',
  ])
})

test('an empty value is not taken for zero', (t) => {
  assert.deepEqual(problems(load(t, { yaml: `${minimal}listen:\n  port:\n` })), [
    'openclaw.yaml:4:3 listen.port: got nothing; expected a number',
  ])
})
