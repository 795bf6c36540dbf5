// Both together: started side by side, given ones used instead, and nothing left when one of them cannot start.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePorts, isFree } from '../../../cli/stack/ports.ts'
import type { Progress } from '../../../cli/stack/progress.ts'
import { startStack } from '../../../cli/stack/stack.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { testStack } from '../../support/stack.ts'

test('it starts both, tells of it, and stops Redis before Kafka', async (t) => {
  const [kafkaPort = 0, redisPort = 0] = await freePorts(2)
  const told: Progress[] = []
  const options = { kafkaPort, redisPort, dataDir: temporaryFolder(t), persistent: true }
  const stack = await startStack({ ...options, onProgress: (progress) => told.push(progress) })
  assert.deepEqual(stack.brokers, [`127.0.0.1:${kafkaPort}`])
  assert.equal(stack.redisUrl, `redis://127.0.0.1:${redisPort}`)
  await stack.stop()
  assert.ok((await isFree(kafkaPort)) && (await isFree(redisPort)))
  const ends = told.filter((each) => each.state === 'ready' || each.state === 'stopped')
  assert.deepEqual(ends.map((each) => each.part).slice(2), ['redis', 'kafka'])
})

test('given addresses are used, and nothing is started', async (t) => {
  const { brokers, redisUrl } = await testStack()
  const ports = { kafkaPort: 1, redisPort: 1 }
  const stack = await startStack({
    ...ports,
    dataDir: temporaryFolder(t),
    persistent: true,
    brokers,
    redisUrl,
  })
  assert.deepEqual([stack.brokers, stack.redisUrl], [brokers, redisUrl])
  assert.equal(stack.kafka ?? stack.redis, undefined)
  await stack.stop()
})

test('given addresses where nothing answers are named with their variable, the password left out', async (t) => {
  const [port = 0] = await freePorts(1)
  const { brokers, redisUrl } = await testStack()
  const common = { kafkaPort: 1, redisPort: 1, dataDir: temporaryFolder(t), persistent: true }
  await assert.rejects(
    startStack({ ...common, brokers: [`127.0.0.1:${port}`], redisUrl }),
    new RegExp(`Nothing answers at 127.0.0.1:${port}, given by OPENCLAW_KAFKA_BROKERS`),
  )
  await assert.rejects(
    startStack({ ...common, brokers, redisUrl: `redis://me:secret@127.0.0.1:${port}` }),
    (error) => {
      assert.match(
        String(error),
        new RegExp(`Nothing answers at 127.0.0.1:${port}, given by OPENCLAW_REDIS_URL`),
      )
      assert.doesNotMatch(String(error), /secret/)
      return true
    },
  )
})

test('when Redis cannot start Kafka is stopped again', async (t) => {
  const shared = await testStack()
  const [kafkaPort = 0] = await freePorts(1)
  const redisPort = Number(new URL(shared.redisUrl).port)
  await assert.rejects(
    startStack({ kafkaPort, redisPort, dataDir: temporaryFolder(t), persistent: true }),
    /which Redis needs, is already taken.*OPENCLAW_REDIS_PORT/,
  )
  assert.ok(await isFree(kafkaPort))
})

test('a start that is called off leaves nothing running', async (t) => {
  const [kafkaPort = 0, redisPort = 0] = await freePorts(2)
  const callOff = new AbortController()
  const options = {
    kafkaPort,
    redisPort,
    dataDir: temporaryFolder(t),
    persistent: true,
    signal: callOff.signal,
  }
  const onProgress = (progress: Progress) => {
    if (progress.part === 'redis' && progress.state === 'ready') callOff.abort()
  }
  await assert.rejects(startStack({ ...options, onProgress }), /Stopped while/)
  assert.ok((await isFree(kafkaPort)) && (await isFree(redisPort)))
})
