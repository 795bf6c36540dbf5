// What every broker promises of topics with several partitions: each is a log of its own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { createTopic, type OpenWorld, outcomeOf } from './contract-fixture.ts'
import { rangeOf, tailOf, textsOf, timeoutMs } from './range-fixture.ts'

export function partitionsContract(kind: string, open: OpenWorld): void {
  const opened = async (...args: Parameters<OpenWorld>) => {
    const { broker } = await open(...args)
    const topic = await createTopic(broker, 3)
    const publisher = broker.publisher()
    const append = async (partition: number, ...texts: string[]) => {
      const record = { topic, key: null, partition, headers: {} }
      for (const text of texts)
        assert.ok((await outcomeOf(publisher, { ...record, value: Buffer.from(text) })).ok)
    }
    return { ranges: broker.ranges, topic, append }
  }

  test(`${kind}: a topic tells how many partitions it has`, async (t) => {
    const { ranges, topic } = await opened(t)
    assert.equal(await ranges.partitions(topic, timeoutMs), 3)
    await assert.rejects(ranges.partitions(randomName('missing'), 300), { name: 'BrokerFailure' })
  })

  test(`${kind}: each partition is read by itself`, async (t) => {
    const { ranges, topic, append } = await opened(t)
    await append(2, 'a', 'b', 'c')
    await append(0, 'x')
    assert.deepEqual(await ranges.ends(topic, timeoutMs, 2), { start: 0, end: 3 })
    assert.deepEqual(await ranges.ends(topic, timeoutMs, 1), { start: 0, end: 0 })
    assert.deepEqual(await ranges.ends(topic, timeoutMs), { start: 0, end: 1 })
    const chunks = await rangeOf(ranges, topic, 1, 3, { partition: 2 })
    assert.deepEqual(textsOf(chunks), ['b', 'c'])
    assert.equal(chunks[0]?.records[0]?.partition, 2)
    assert.deepEqual(textsOf(await rangeOf(ranges, topic, 0, 1)), ['x'])
  })

  test(`${kind}: each partition is followed by itself`, async (t) => {
    const { ranges, topic, append } = await opened(t)
    await append(1, 'old')
    const [one, two] = [tailOf(t, ranges, topic, 1, 1), tailOf(t, ranges, topic, 0, 2)]
    await append(1, 'new')
    await append(0, 'other')
    await append(2, 'a', 'b')
    await waitFor(() => textsOf(one.chunks).length > 0 && textsOf(two.chunks).length > 1)
    assert.deepEqual([textsOf(one.chunks), textsOf(two.chunks)], [['new'], ['a', 'b']])
  })
}
