// The example backend as a process: what it answers, and that it stops when it is asked to.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { testKafka } from '../support/kafka.ts'
import { randomName } from '../support/names.ts'
import { testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const program = join(import.meta.dirname, '../../consumers/echo/main.ts')

async function startEcho(t: TestContext) {
  const { brokers } = await testStack()
  const kafka = testKafka(t, brokers)
  const [topic, slot, dead] = [randomName('echo'), randomName('slot'), randomName('dead')]
  await kafka.createTopics([{ topic }, { topic: slot }, { topic: dead }])
  const child = spawn(process.execPath, [program], {
    env: {
      ...process.env,
      OPENCLAW_KAFKA_BROKERS: brokers.join(','),
      OPENCLAW_ECHO_TOPIC: topic,
      OPENCLAW_ECHO_GROUP: topic,
      OPENCLAW_ECHO_DEAD_LETTERS: dead,
    },
  })
  t.after(() => child.kill('SIGKILL'))
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output.text += text))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await waitFor(() => output.text.includes('\n'), { timeoutMs: 20_000, describe: () => output.text })
  const replies = await kafka.read(slot)
  let asked = 0
  const ask = async (type: string, value: string) => {
    const headers = { ce_type: type, ce_session: 's', ce_replyto: slot, ce_request: `q${asked++}` }
    const before = replies.length
    await kafka.send(topic, [{ key: 'k', value, headers }])
    return () => replies.slice(before)
  }
  return { kafka, topic, dead, child, output, exited, ask }
}

test('the echo answers with the payload, in pieces, or with an error, and stops when it is asked to', async (t) => {
  const { kafka, topic, dead, child, output, exited, ask } = await startEcho(t)
  assert.equal(output.text, `echo answers what comes on ${topic}\n`)

  const plain = await ask('openclaw.echo', '{"n":9007199254740993}')
  await waitFor(() => plain().length === 1)
  assert.equal(plain()[0]?.text, '{"n":9007199254740993}')

  const letters = await ask('openclaw.echo.letters', 'abc')
  await waitFor(() => letters().length === 4)
  assert.deepEqual(
    letters().map(({ text, headers }) => [text, headers['ce_more']]),
    [
      ['a', 'true'],
      ['b', 'true'],
      ['c', 'true'],
      ['abc', undefined],
    ],
  )

  const failed = await ask('openclaw.echo.fail', '1')
  await waitFor(() => failed().length === 1)
  assert.equal(failed()[0]?.headers['ce_error'], 'always-fails')

  const letter = await kafka.read(dead)
  await ask('openclaw.echo.crash', 'x')
  await waitFor(() => letter.length === 1)
  assert.equal(letter[0]?.headers['dead_reason'], 'asked to, attempt 3')

  child.kill('SIGTERM')
  assert.equal(await exited, 0)
  assert.equal(await kafka.committed(topic, topic), 4)
})
