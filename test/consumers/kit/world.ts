// What each test of the kit works on: topics and a group of its own on the Kafka of the test run.
import type { TestContext } from 'node:test'
import { type Backend, type BackendOptions, createBackend } from '../../../consumers/kit/backend.ts'
import { type TestKafka, testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'

export type World = {
  readonly brokers: readonly string[]
  readonly kafka: TestKafka
  readonly topic: string
  readonly group: string
  backend(options?: Partial<BackendOptions>): Backend
}

export const quiet = { debug: () => {}, warn: () => {} }

/** `topic` with a topic for its dead letters; every backend is stopped with `t`. */
export async function createWorld(t: TestContext, partitions = 1): Promise<World> {
  const { brokers } = await testStack()
  const kafka = testKafka(t, brokers)
  const [topic, group] = [randomName('kit'), randomName('group')]
  await kafka.createTopics([{ topic, partitions }, { topic: `${topic}.dead` }])
  return {
    brokers,
    kafka,
    topic,
    group,
    backend(options = {}) {
      const backend = createBackend({ brokers, group, log: quiet, ...options })
      t.after(() => backend.stop())
      return backend
    },
  }
}

/** Records whose values count from 0. */
export const numbered = (count: number, key?: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => ({ value: String(n), ...(key ? { key: key(n) } : {}) }))
