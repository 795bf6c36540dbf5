// Batches as others compress them are read by our readers, and ours by others.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { createBroker } from '../../../gateway/broker/broker.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { hasProgram, missing } from '../../support/tools.ts'
import { waitFor } from '../../support/wait.ts'
import { kafkaConfig, silent } from './fixture.ts'

const count = 100
const values = Array.from({ length: count }, (_, n) => `${n} ${'padding '.repeat(20)}end`)
const skip = (await hasProgram('kcat')) ? false : missing('kcat')

const kcat = (args: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile('kcat', args, { maxBuffer: 16 * 1024 ** 2 }, (failed, stdout) =>
      failed ? reject(failed) : resolve(stdout),
    )
    child.stdin?.end(input)
  })

for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
  test(`${codec}: batches of kcat's and of ours are read by us, and ours by kcat`, { skip }, async (t) => {
    const { brokers } = await testStack()
    const topic = randomName(codec)
    await testKafka(t, brokers).createTopics([{ topic }])
    const where = ['-b', brokers.join(','), '-t', topic]
    await kcat(['-P', ...where, '-z', codec, '-X', 'linger.ms=200'], `${values.join('\n')}\n`)
    const broker = createBroker(kafkaConfig({ brokers: [...brokers], compression: codec }), { log: silent })
    onEnd(t, () => broker.close(2_000))
    const publisher = broker.publisher()
    let stored = 0
    for (const value of values)
      publisher.publish({ topic, key: 'k', value: Buffer.from(value), headers: { a: 'ä' } }, ({ ok }) => {
        if (ok) stored++
      })
    await waitFor(() => stored === count)
    const seen: string[] = []
    const reader = await broker.logs.readSlot({
      topic,
      group: topic,
      epoch: 1,
      mayServe: () => true,
      onBatch: (records) => void seen.push(...records.map(({ value }) => String(value))),
      settledOffset: () => undefined,
      onLost: () => {},
      onGap: () => true,
    })
    onEnd(t, () => reader.stop(2_000))
    await waitFor(() => seen.length === 2 * count)
    assert.deepEqual(seen, [...values, ...values])
    const theirs = await kcat(['-C', ...where, '-o', 'beginning', '-e', '-q'])
    assert.deepEqual(theirs.trimEnd().split('\n'), [...values, ...values])
  })
}
