// openclaw revoke: puts what is no longer good into Kafka, lists it, and takes it back.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { testKafka } from '../support/kafka.ts'
import { randomName } from '../support/names.ts'
import { testStack } from '../support/stack.ts'

test('what is revoked is a record that says so, listed until it is taken back', async (t) => {
  const { brokers } = await testStack()
  const revocations = randomName('revocations')
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-revoke-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const config = {
    session: { secrets: ['${file:secret}'] },
    auth: { anonymous: true },
    kafka: { brokers },
    topics: { revocations },
    routes: { echo: { topic: 'echo' } },
  }
  writeFileSync(join(folder, 'openclaw.yaml'), JSON.stringify(config))
  writeFileSync(join(folder, 'secret'), 'a secret of the tests only')
  const kafka = testKafka(t, brokers)
  await kafka.createTopics([{ topic: revocations }])
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCommand(['revoke', ...args], { cwd: folder })
    assert.equal(code, 0, stderr)
    return stdout.trim().split('\n')
  }

  assert.deepEqual(await run('list'), ['nothing is revoked'])
  const before = Date.now()
  assert.deepEqual(
    await run('user', 'alice', '--tenant', 'a/b', '--before', 'now', '--for', '1h', '--reason', 'why\u001b'),
    ['user:a%2Fb/alice is revoked'],
  )
  await run('token', '7f9c', '--until', '2001-01-01T00:00:00Z')
  await kafka.send(revocations, [{ key: 'session:s', value: 'what' }])
  const [user, token, session, ...more] = await run('list')
  assert.match(String(user), /^user:a%2Fb\/alice: what is older than 2\S+Z, until 2\S+Z, why\?$/)
  assert.equal(token, 'token:7f9c: all, until 2001-01-01T00:00:00.000Z, no longer counts')
  assert.equal(session, 'session:s: all, for ever, the value is no JSON')
  assert.deepEqual(more, [])
  const [first = ''] = await run('list', '--json')
  const shown = JSON.parse(first) as Record<string, string>
  assert.ok(Date.parse(String(shown['notBefore'])) >= before)
  assert.ok(Math.abs(Date.parse(String(shown['expiresAt'])) - before - 3_600_000) < 60_000)

  assert.deepEqual(await run('undo', 'user', 'alice', '--tenant', 'a/b'), ['user:a%2Fb/alice is not revoked'])
  await run('undo', 'token', '7f9c')
  await run('undo', 'session', 's')
  assert.deepEqual(await run('list'), ['nothing is revoked'])
})

test('what it is called with wrongly is told', async () => {
  for (const [args, said] of [
    [['undo', 'users', 'alice'], /"users" is none of token, user, key, session/],
    [['user', 'alice', '--before', 'yesterday'], /2026-12-24T18:00:00Z/],
    [['user', 'alice', '--for', '1h', '--until', 'now'], /cannot be used with/],
    [['user', ''], /needs a name/],
  ] as const) {
    const { code, stderr } = await runCommand(['revoke', ...args])
    assert.equal(code, 2, stderr)
    assert.match(stderr, said)
  }
})
