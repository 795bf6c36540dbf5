// The example backend in Python behind a real gateway.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { allCommitted, asking, startProgram } from '../support/backend-program.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { randomName } from '../support/names.ts'
import { hasProgram, missing, pythonWith } from '../support/tools.ts'

const script = join(import.meta.dirname, '../../examples/python/backend.py')

test('a backend in Python answers whole, word by word, and with an error, and commits', {
  skip: (await hasProgram('python3')) ? false : missing('python3'),
}, async (t) => {
  const python = await pythonWith(['confluent-kafka==2.16.1'])
  const cluster = await testCluster(t)
  const group = randomName('python')
  const backend = startProgram(t, python, [script, cluster.stack.brokers.join(','), cluster.echo, group])
  const node = await startNode(t, cluster)
  const alice = await asking(t, node.port, 'alice', backend)

  const whole = await alice.ask('q-1', 'grüß dich')
  assert.deepEqual([whole['payload'], whole['error']], ['GRÜSS DICH', undefined])

  const words = [await alice.ask('q-2', 'one two three', { type: 'words' })]
  words.push(await alice.reply('q-2'), await alice.reply('q-2'))
  assert.deepEqual(
    words.map((frame) => [frame['payload'], frame['more'] ?? false]),
    [
      ['ONE', true],
      ['TWO', true],
      ['THREE', false],
    ],
  )

  const refused = await alice.ask('q-3', { not: 'a text' })
  assert.equal(refused['error'], 'not-a-text')
  assert.deepEqual(refused['payload'], { expected: 'a text' })

  await allCommitted(cluster, group)
})
