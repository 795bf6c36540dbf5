// The example backend in Spring behind a real gateway, with the headers that @SendTo goes by.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { asking, startProgram } from '../support/backend-program.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { compile, jarsOf, java, noJava } from '../support/jvm.ts'
import { randomName } from '../support/names.ts'

const folder = join(import.meta.dirname, '../../examples/spring')

test('@KafkaListener and @SendTo answer requests, of tenants too', { skip: noJava }, async (t) => {
  const jars = await jarsOf(folder)
  const cluster = await testCluster(t)
  const classes = join(cluster.folder, 'classes')
  await compile(join(folder, 'src/main/java/example/Answers.java'), jars, classes)
  const path = [classes, join(folder, 'src/main/resources'), `${jars}/*`].join(':')
  const backend = startProgram(t, java, [
    '-cp',
    path,
    'example.Answers',
    `--example.topic=${cluster.echo}`,
    `--spring.kafka.bootstrap-servers=${cluster.stack.brokers.join(',')}`,
    `--spring.kafka.consumer.group-id=${randomName('spring')}`,
  ])
  const route = { topic: cluster.echo, match: [{ path: '/echo' }], headers: 'spring' as const }
  const node = await startNode(t, cluster, { routes: { echo: route } })

  const alice = await asking(t, node.port, 'alice', backend)
  const reply = await alice.ask('q-1', { n: 1 })
  assert.deepEqual(reply['payload'], { hello: 'alice', 'you said': { n: 1 } })

  const bob = await asking(t, node.port, 'bob', backend, { claims: { tenant: 'acme' } })
  assert.deepEqual((await bob.ask('q-1', 'hi'))['payload'], { hello: 'bob', 'you said': 'hi' })
})
