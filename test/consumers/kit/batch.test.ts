// A batch is committed as far as all is done, keeps the group's patience during slow records, and lets go when it must.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import { createGate, handleBatch } from '../../../consumers/kit/batch.ts'
import { waitFor } from '../../support/wait.ts'

type Fake = { beats: number; commits: string[]; resolved: string[]; beat: () => Promise<void> }

const offsetOf = (message: KafkaMessage): number => Number(message.offset)

/** Records of the given keys at offsets from 10 on; the batch ends with a control record. */
const payloadOf = (keys: readonly (string | null)[], fake: Fake): EachBatchPayload => {
  const messages = keys.map((key, index) => ({
    key: key === null ? null : Buffer.from(key),
    value: null,
    offset: String(10 + index),
    timestamp: '0',
    attributes: 0,
  }))
  return {
    batch: { topic: 't', partition: 0, messages, lastOffset: () => String(10 + keys.length) },
    resolveOffset: (offset: string) => void fake.resolved.push(offset),
    heartbeat: () => {
      fake.beats += 1
      return fake.beat()
    },
    commitOffsetsIfNecessary: (offsets: { topics: { partitions: { offset: string }[] }[] }) => {
      fake.commits.push(String(offsets.topics[0]?.partitions[0]?.offset))
      return Promise.resolve()
    },
  } as unknown as EachBatchPayload
}

const createFake = (): Fake => ({ beats: 0, commits: [], resolved: [], beat: () => Promise.resolve() })

const defaults = { gate: createGate(100), signal: new AbortController().signal, heartbeatMs: 5, commitMs: 5 }

describe('a batch', () => {
  it('is committed past its end, control records included, when all is done', async () => {
    const fake = createFake()
    await handleBatch(payloadOf(['a', 'b', null], fake), { ...defaults, handle: () => Promise.resolve(true) })
    assert.equal(fake.commits.at(-1), '14')
    assert.deepEqual(fake.resolved, ['12'])
  })

  it('is committed meanwhile, up to the first record that is not done', async () => {
    const fake = createFake()
    const slow = Promise.withResolvers<boolean>()
    const ending = handleBatch(payloadOf(['a', 'b', 'c', 'd'], fake), {
      ...defaults,
      handle: ({ message }) => (offsetOf(message) === 12 ? slow.promise : Promise.resolve(true)),
    })
    await waitFor(() => fake.commits.length > 0)
    assert.deepEqual(fake.commits, ['12'])
    slow.resolve(true)
    await ending
    assert.equal(fake.commits.at(-1), '15')
  })

  it('goes on beating while a record is slow', async () => {
    const fake = createFake()
    const slow = Promise.withResolvers<boolean>()
    const ending = handleBatch(payloadOf(['a'], fake), { ...defaults, handle: () => slow.promise })
    await waitFor(() => fake.beats > 5)
    slow.resolve(true)
    await ending
  })

  it('begins no more records once the group has moved on, finishes those it has, and leaves the rest', async () => {
    const fake = createFake()
    const slow = Promise.withResolvers<boolean>()
    const begun: number[] = []
    const ending = handleBatch(payloadOf(['k', 'k', 'k'], fake), {
      ...defaults,
      handle: ({ message }) => {
        begun.push(offsetOf(message))
        return slow.promise
      },
    })
    fake.beat = () =>
      Promise.reject(Object.assign(new Error('rebalancing'), { type: 'REBALANCE_IN_PROGRESS' }))
    await waitFor(() => fake.beats > 2)
    slow.resolve(true)
    await ending
    assert.deepEqual(begun, [10])
    assert.deepEqual([fake.commits.at(-1), fake.resolved], ['11', ['10']])
  })

  it('survives heartbeats and commits that fail for other reasons', async () => {
    const fake = createFake()
    fake.beat = () => Promise.reject(new Error('connection lost'))
    const payload = payloadOf(['k', 'k'], fake)
    let failures = 0
    const commit = payload.commitOffsetsIfNecessary
    payload.commitOffsetsIfNecessary = (offsets) => {
      failures += 1
      return failures === 1 ? Promise.reject(new Error('connection lost')) : commit(offsets)
    }
    await handleBatch(payload, {
      ...defaults,
      handle: async ({ message }) => {
        if (offsetOf(message) === 11) await waitFor(() => failures > 0 && fake.beats > 0)
        return true
      },
    })
    assert.equal(fake.commits.at(-1), '13')
  })

  it('commits nothing of a record that was given up', async () => {
    const fake = createFake()
    const handle = () => Promise.resolve(false)
    await handleBatch(payloadOf(['a', 'b'], fake), { ...defaults, handle })
    assert.deepEqual([fake.commits, fake.resolved], [[], []])
  })
})

describe('a gate', () => {
  it('lets so many in at a time, and everybody in the end, failures included', async () => {
    const gate = createGate(3)
    let now = 0
    let most = 0
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        gate(async () => {
          most = Math.max(most, (now += 1))
          await new Promise(setImmediate)
          now -= 1
          if (index % 2) throw new Error('no')
        }),
      ),
    )
    assert.equal(most, 3)
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 10)
  })
})
