// openclaw topics: plans what is missing, creates it once, and leaves what is there alone.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { testKafka } from '../support/kafka.ts'
import { randomName } from '../support/names.ts'
import { testStack } from '../support/stack.ts'

test('what plan names, apply creates; the second time nothing is missing; a wrong topic is told and left alone', async (t) => {
  const { brokers } = await testStack()
  const name = randomName('t')
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-topics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const own = ['slot', 'dispatch', 'events', 'sessions', 'receipts', 'quarantine', 'channels']
  const all = [...own, 'revocations', 'keys']
  const topics = { ...Object.fromEntries(all.map((each) => [each, `${name}.${each}.`])), partitions: 2 }
  const config = {
    session: { secrets: ['${file:secret}'] },
    auth: { anonymous: true },
    kafka: { brokers },
    delivery: { slots: 3 },
    topics,
    routes: { echo: { topic: `${name}.echo` } },
  }
  writeFileSync(join(folder, 'openclaw.yaml'), JSON.stringify(config))
  writeFileSync(join(folder, 'secret'), 'a secret of the tests only')
  const kafka = testKafka(t, brokers)
  await kafka.createTopics([{ topic: `${name}.channels.`, partitions: 2 }])
  const wrong = `not as it should be: ${name}.channels. has 2 partitions and must have exactly 1`

  const plan = await runCommand(['topics', 'plan'], { cwd: folder })
  assert.equal(plan.code, 1)
  assert.match(
    plan.stdout,
    new RegExp(`^create ${name}\\.echo \\(route echo\\): 2 partitions, on 1 broker$`, 'm'),
  )
  assert.match(
    plan.stdout,
    new RegExp(
      `^create ${name}\\.slot\\.0 … ${name}\\.slot\\.2 \\(3 slots\\): 1 partition, .*LogAppendTime`,
      'm',
    ),
  )
  assert.ok(plan.stderr.startsWith(wrong), plan.stderr)

  const apply = await runCommand(['topics', 'apply'], { cwd: folder })
  assert.equal(apply.stdout, plan.stdout.replaceAll(/^create /gm, 'created '))
  assert.ok(apply.stderr.startsWith(wrong), apply.stderr)
  assert.equal(await kafka.endOffset(`${name}.slot.2`), 0)

  const again = await runCommand(['topics', 'apply'], { cwd: folder })
  assert.equal(again.stdout, 'no topic was missing\n')
  assert.equal(again.code, 1)
})

test('without a Kafka it says so in one sentence', async () => {
  const { code, stderr } = await runCommand(['topics', 'plan'], {
    env: { OPENCLAW_KAFKA_BROKERS: '127.0.0.1:1' },
  })
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^openclaw: Kafka at 127\.0\.0\.1:1 \(OPENCLAW_KAFKA_BROKERS\) did not do it: [^\n]+\n$/,
  )
})
