// `openclaw schemas` as people call it: what it prints, what it writes, its exit codes.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import { runCommand } from '../../support/command.ts'
import { schemaRepository } from '../../support/schema-repository.ts'

/** Schemas with a configuration that uses them; `uses` are settings of the route's payload. */
function place(t: TestContext, uses: object) {
  const repository = schemaRepository(t)
  const config = join(repository.folder, '../openclaw.yaml')
  const settings = {
    cluster: 'main',
    session: { secrets: ['${env:SECRET}'] },
    auth: { jwt: [{ issuer: 'i', audience: 'a', jwksUri: 'https://i.invalid/keys' }] },
    schemas: { images: ['schemas/gen/image.binpb'] },
    routes: { chat: { topic: 'chat.in', payload: uses } },
  }
  writeFileSync(config, JSON.stringify(settings, null, 2))
  const env = { SECRET: 'a secret of the tests only' }
  const run = (verb: string, ...args: readonly string[]) =>
    runCommand(['schemas', verb, ...args, '--dir', repository.folder, '-c', config], { env })
  return { ...repository, config, run }
}

/** Answers as a node's admin port does. */
async function node(t: TestContext, metrics: string): Promise<string> {
  const server = createServer((_, response) => response.end(metrics)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a compatible change passes, with what uses the schemas', async (t) => {
  const { run, edit } = place(t, { types: { msg: 'chat.v1.Said' } })
  edit('  Tone tone = 3;', '  Tone tone = 3;\n  // New.\n  string language = 4;')
  const { code, stdout, stderr } = await run('check')
  assert.deepEqual([code, stderr], [0, ''], stdout)
  assert.match(stdout, /^ok {3}breaking changes/m)
  assert.match(stdout, /^ {2}route chat {2}type msg {2}chat\.v1\.Said {2}there$/m)
  assert.match(stdout, /^Which clients connect was not asked/m)
})

test('a breaking one fails, and says which route it reaches and which clients connect', async (t) => {
  const { run, edit } = place(t, { type: 'chat.v1.Said' })
  const kinds = [
    'openclaw_clients_total{subprotocol="openclaw.v1.json",client="app",version="1.2"} 3',
    'openclaw_clients_total{subprotocol="raw",client="none",version="none"} 40',
  ]
  const [first, second] = [await node(t, kinds.join('\n')), await node(t, kinds[0] ?? '')]
  edit('TONE_JOKE = 1', 'TONE_FUN = 1')
  const { code, stdout, stderr } = await run('check', '--metrics', first, '--metrics', second)
  assert.deepEqual([code, stderr], [1, ''])
  assert.match(stdout, /ENUM_VALUE_SAME_NAME; breaks JSON; protobuf can still be read/)
  assert.match(stdout, /^ {2}chat\.v1\.Tone is broken and in use by route chat$/m)
  assert.match(stdout, /^ {2}40 +raw +a client without a name$/m)
  assert.match(stdout, /^ {2}6 +openclaw\.v1\.json +app +1\.2$/m)
})

test('a message that is gone is missed where it is in use', async (t) => {
  const { run, edit } = place(t, { type: 'chat.v1.Said' })
  edit('message Said', 'message Spoken')
  const { code, stdout } = await run('check')
  assert.equal(code, 1)
  assert.match(stdout, /MESSAGE_NO_DELETE/)
  assert.match(stdout, /^ {2}route chat {2}any type {2}chat\.v1\.Said {2}MISSING/m)
})

test('it is said when it was called wrongly', async (t) => {
  const { run, config } = place(t, { type: 'chat.v1.Said' })
  const wrong = [
    await run('check', '--against', 'nowhere'),
    await run('new', 'chat.Typing'),
    await run('new', 'chat.v1.Typing', '--topic', 't'),
    await run('new', 'chat.v1.Typing', '--route', 'Bad Name'),
    await runCommand(['schemas', 'check', '--dir', join(config, '..')]),
  ]
  assert.deepEqual(
    wrong.map(({ code }) => code),
    [2, 2, 2, 2, 2],
  )
  const nobody = await run('check', '--metrics', 'http://127.0.0.1:9')
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /^openclaw: --metrics: nothing answers at http:\/\/127\.0\.0\.1:9\/metrics/)
})

test('a new message comes with a route, passes the gate, and is never written over', async (t) => {
  const { run, folder, config } = place(t, { type: 'chat.v1.Said' })
  const made = await run('new', 'chat.v1.TypingNow', '--route', 'typing', '--topic', 'typing.now')
  assert.deepEqual([made.code, made.stderr], [0, ''])
  assert.match(made.stdout, /listen --route typing --publish/)
  const routes = (parse(readFileSync(config, 'utf8')) as { routes: Record<string, { topic: string }> }).routes
  assert.deepEqual(Object.keys(routes), ['chat', 'typing'])
  assert.equal(routes['typing']?.topic, 'typing.now')
  assert.ok(existsSync(join(folder, 'chat/v1/typing_now.md')))
  const before = readFileSync(join(folder, 'chat/v1/typing_now.proto'), 'utf8')
  const again = await run('new', 'chat.v1.TypingNow', '--route', 'other')
  assert.equal(again.code, 1)
  assert.match(again.stderr, /typing_now\.proto is there already; nothing was written/)
  const taken = await run('new', 'chat.v1.Other', '--route', 'typing')
  assert.equal(taken.code, 1)
  assert.ok(!existsSync(join(folder, 'chat/v1/other.proto')))
  assert.equal(readFileSync(join(folder, 'chat/v1/typing_now.proto'), 'utf8'), before)
})
