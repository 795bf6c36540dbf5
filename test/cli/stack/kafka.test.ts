// A real Kafka: it serves when the start comes back, keeps acked records over kill -9, and says why it cannot start.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { isAlive } from '../../../cli/stack/jars.ts'
import { startKafka } from '../../../cli/stack/kafka.ts'
import { freePorts } from '../../../cli/stack/ports.ts'
import { kafkaServes } from '../../../cli/stack/probe.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { ownKafka, testStack } from '../../support/stack.ts'

const clientOf = (brokers: readonly string[]) =>
  new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 20 } })

test('it takes a record as soon as its start comes back, and still has it after kill -9 and a restart', async (t) => {
  const kafka = await ownKafka(t)
  const admin = clientOf(kafka.brokers).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }], waitForLeaders: true })
  const producer = clientOf(kafka.brokers).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  await producer.send({ topic: 'kept', messages: [{ key: 'a', value: 'b' }], acks: -1 })
  await producer.disconnect()
  await admin.disconnect()

  const firstPid = kafka.pid
  await kafka.kill()
  assert.equal(isAlive(firstPid), false)
  await kafka.restart()
  assert.notEqual(kafka.pid, firstPid)

  const again = clientOf(kafka.brokers).admin()
  await again.connect()
  const [end] = await again.fetchTopicOffsets('kept')
  await again.disconnect()
  assert.equal(end?.offset, '1')

  await kafka.stop()
  assert.equal(isAlive(kafka.pid), false)
})

test('a second Kafka on the same data is told that another one uses it', async (t) => {
  const folder = temporaryFolder(t)
  const [port = 0, other = 0] = await freePorts(2)
  const options = { dataDir: join(folder, 'kafka'), logFile: join(folder, 'one.log') }
  const kafka = await startKafka({ ...options, port })
  t.after(() => kafka.kill())
  await assert.rejects(
    startKafka({ ...options, port: other, logFile: join(folder, 'two.log') }),
    /Another Kafka that is still running uses the data/,
  )
  assert.ok(await kafkaServes(port))
})

test('a taken port is named with its environment variable before anything is started', async (t) => {
  const { brokers } = await testStack()
  const port = Number(brokers[0]?.split(':')[1])
  const folder = temporaryFolder(t)
  const options = { port, dataDir: folder, logFile: join(folder, 'log'), portVariable: 'OPENCLAW_KAFKA_PORT' }
  await assert.rejects(
    startKafka(options),
    new RegExp(`Port ${port}, which Kafka needs.*OPENCLAW_KAFKA_PORT=`),
  )
})

test('a Java option that is nonsense fails with what Java says', async (t) => {
  const folder = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  const options = { port, dataDir: folder, logFile: join(folder, 'log'), javaOpts: ['-Xmx1k'] }
  await assert.rejects(startKafka(options), /Kafka ended while it was starting \(1\)\..*\n.*(heap|Error)/is)
})
