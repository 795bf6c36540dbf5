// The example backends for the Java machine behind a real gateway: Kafka's clients alone, and a topology of Kafka Streams.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { allCommitted, asking, startProgram } from '../support/backend-program.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { jarsOf, java, noJava } from '../support/jvm.ts'
import { randomName } from '../support/names.ts'

const examples = join(import.meta.dirname, '../../examples')

test('a backend with plain Kafka clients in Java sends value and headers back, and commits', {
  skip: noJava,
}, async (t) => {
  const folder = join(examples, 'java')
  const jars = await jarsOf(folder)
  const cluster = await testCluster(t)
  const group = randomName('java')
  const source = join(folder, 'EchoBackend.java')
  const options = ['-cp', `${jars}/*`, source, cluster.stack.brokers.join(','), cluster.echo, group]
  const backend = startProgram(t, java, options)
  const node = await startNode(t, cluster)
  const alice = await asking(t, node.port, 'alice', backend)

  const reply = await alice.ask('q-1', { n: 1 }, { headers: { 'x-shop': 'de' } })
  assert.deepEqual([reply['payload'], reply['headers']], [{ n: 1 }, { 'x-shop': 'de' }])

  alice.send({ publish: { id: 'p-1', route: 'echo', payload: 'no request' } })
  assert.equal((await alice.next('message'))['payload'], 'no request')

  await allCommitted(cluster, group)
  await backend.stop()
  assert.match(backend.output(), /stopped/)
})

test('a topology of Kafka Streams answers requests', { skip: noJava }, async (t) => {
  const folder = join(examples, 'streams')
  const jars = await jarsOf(folder)
  const cluster = await testCluster(t)
  const source = join(folder, 'Answers.java')
  const options = [
    '-cp',
    `${jars}/*`,
    source,
    cluster.stack.brokers.join(','),
    cluster.echo,
    randomName('streams'),
  ]
  const backend = startProgram(t, java, options)
  const node = await startNode(t, cluster)
  const alice = await asking(t, node.port, 'alice', backend)

  assert.deepEqual((await alice.ask('q-1', { n: 1 }))['payload'], { answer: { n: 1 } })
  assert.deepEqual((await alice.ask('q-2', 'more'))['payload'], { answer: 'more' })
})
