// The document is a valid AsyncAPI 3 one, by AsyncAPI's own parser, and says what the configuration says.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Parser } from '@asyncapi/parser'
import { runCommand } from '../../support/command.ts'
import { temporaryFolder } from '../../support/folders.ts'

const image = join(import.meta.dirname, '../../../schemas/gen/image.binpb')

const settings = {
  cluster: 'shop',
  session: { secrets: ['${env:SECRET}'] },
  auth: { jwt: [{ issuer: 'i', audience: 'a', jwksUri: 'https://i.invalid/keys' }] },
  kafka: { brokers: ['one:9092', 'two:9092'] },
  schemas: { images: [image] },
  routes: {
    echo: { topic: 'echo.in', match: [{ path: '/echo' }] },
    chat: {
      topic: 'chat.in',
      payload: { types: { msg: 'openclaw.examples.chat.v1.Message' }, accept: ['json'], store: 'protobuf' },
    },
  },
  channels: {
    'room:{room}': { subscribe: true, payload: { type: 'openclaw.examples.chat.v1.Typing' } },
    'room-{room}': { subscribe: true, publish: true },
    'files:{path*}': { publish: true, topic: 'files' },
  },
  feeds: { prices: { topic: 'market.prices', to: 'channel:ticker:{key}' } },
  delivery: { payload: { types: { event: 'openclaw.v1.SessionEvent' } } },
}

function printed(t: TestContext, ...args: readonly string[]) {
  const config = join(temporaryFolder(t), 'openclaw.yaml')
  writeFileSync(config, JSON.stringify(settings))
  return runCommand(['asyncapi', '-c', config, ...args], { env: { SECRET: 'a secret of the tests only' } })
}

async function valid(text: string) {
  const { document, diagnostics } = await new Parser().parse(text)
  const errors = diagnostics.filter(({ severity }) => severity === 0)
  assert.deepEqual(
    errors.map(({ path, message }) => `${path.join('.')}: ${message}`),
    [],
  )
  return document ?? assert.fail('no document')
}

test('as JSON it is valid, and has an operation for each way that the configuration opens', async (t) => {
  const { code, stdout, stderr } = await printed(t, '--json')
  assert.deepEqual([code, stderr], [0, ''])
  const document = await valid(stdout)
  assert.deepEqual(
    document
      .servers()
      .all()
      .map((server) => [server.id(), server.host(), server.protocol()]),
    [
      ['clients', '127.0.0.1:8080', 'ws'],
      ['kafka', 'one:9092', 'kafka'],
      ['kafka-1', 'two:9092', 'kafka'],
    ],
  )
  const operations = document
    .operations()
    .all()
    .map((each) => `${each.action()} ${each.channels().all()[0]?.address()}`)
  assert.deepEqual(operations.toSorted(), [
    'receive /',
    'receive /echo',
    'receive files',
    'receive files:{path}',
    'receive market.prices',
    'receive openclaw.channels',
    'receive openclaw.channels',
    'receive openclaw.dispatch',
    'receive room-{room}',
    'send /',
    'send chat.in',
    'send echo.in',
    'send files',
    'send openclaw.channels',
    'send room-{room}',
    'send room:{room}',
  ])
  const stored = document
    .messages()
    .all()
    .find((each) => each.id() === 'route.chat.topic.kafka.msg')
  assert.equal(stored?.contentType(), 'application/protobuf')
  assert.ok(stored?.headers()?.properties()?.['ce_replyto'])
})

test('payloads are the ProtoJSON of their messages, with their rules', async (t) => {
  const { stdout } = await printed(t, '--json')
  const { components } = JSON.parse(stdout) as {
    components: { schemas: Record<string, { properties: object; required: string[] }> }
  }
  const message = components.schemas['openclaw.examples.chat.v1.Message']
  const int64 = { type: ['string', 'integer'], format: 'uint64', pattern: '^[0-9]+$' }
  assert.deepEqual(message?.properties, {
    room: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[a-z0-9-]+$' },
    text: { type: 'string', minLength: 1, maxLength: 2000 },
    replyTo: int64,
    number: int64,
    mentions: {
      type: 'array',
      items: { type: 'string', minLength: 1, maxLength: 128 },
      maxItems: 20,
      uniqueItems: true,
    },
    tone: { enum: ['TONE_UNSPECIFIED', 'TONE_JOKE', 'TONE_URGENT', 0, 1, 2] },
    writtenAt: { type: 'string', format: 'date-time' },
  })
  assert.deepEqual(message?.required, ['room', 'text'])
  assert.ok(components.schemas['openclaw.v1.SessionEvent'])
})

test('the YAML of the development stack is valid, too', async () => {
  const { code, stdout, stderr } = await runCommand(['asyncapi'])
  assert.deepEqual([code, stderr], [0, ''])
  const document = await valid(stdout)
  const routes =
    readFileSync(join(image, '../../../openclaw.yaml'), 'utf8').match(/^ {4}topic: /gm)?.length ?? 0
  assert.ok(document.operations().all().length > 2 * routes)
})
