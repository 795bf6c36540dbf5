// Lines keep their order through every failure, do not wait for each other, and hold back what Kafka cannot take now.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PublishFailure, PublishOutcome } from '../../../gateway/inbound/ports.ts'
import { type Item, Lines } from '../../../gateway/session/lines.ts'
import { waitFor } from '../../support/wait.ts'
import { FakePublisher, notStored, stored, turn } from '../fakes.ts'

const record = (topic: string) => ({ topic, key: 'k', value: Buffer.alloc(0), headers: {} })

/** An item of records to these topics, and how it ended. */
function item(topics: readonly string[], deadline?: number) {
  const ends: (PublishFailure | undefined)[] = []
  const given: Item = {
    toRecords: () => topics.map(record),
    onEnd: (failure) => void ends.push(failure),
    ...(deadline === undefined ? {} : { deadline }),
  }
  return { ...given, ends }
}

function opened(...outcomes: PublishOutcome[]) {
  const publisher = new FakePublisher()
  publisher.outcome = () => outcomes.shift() ?? stored()
  const topics = () => publisher.records.map(({ topic }) => topic)
  return { publisher, lines: new Lines(publisher), topics }
}

test('the records of one line are published one after the other, and each item ends once', async () => {
  const { lines, topics, publisher } = opened()
  publisher.outcome = undefined
  const [first, second] = [item(['a', 'b']), item(['c'])]
  lines.add('line', first)
  lines.add('line', second)
  for (const so of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    assert.deepEqual(topics(), so)
    await turn()
    assert.deepEqual(topics(), so, 'nothing goes out before Kafka has what stands before it')
    publisher.settle(stored())
  }
  assert.deepEqual([first.ends, second.ends, lines.size], [[undefined], [undefined], 0])
})

test('one line does not wait for another', async () => {
  const { lines, publisher } = opened()
  publisher.outcome = ({ topic }) => (topic === 'slow' ? undefined : stored())
  const [slow, quick] = [item(['slow']), item(['x', 'y', 'z'])]
  lines.add('one', slow)
  lines.add('other', quick)
  await waitFor(() => quick.ends.length === 1)
  assert.deepEqual([slow.ends, lines.size], [[], 1])
})

test('what Kafka did not take is tried again, before what stands behind it', async () => {
  const { lines, topics } = opened(notStored('broker-unavailable'), notStored('outcome-unknown'), stored())
  const [first, second] = [item(['a']), item(['b'])]
  lines.add('line', first)
  lines.add('line', second)
  await waitFor(() => lines.size === 0)
  assert.deepEqual(topics(), ['a', 'a', 'a', 'b'])
  assert.deepEqual([first.ends, second.ends], [[undefined], [undefined]])
})

test('a full publisher is asked again later, by none of the lines at once', async () => {
  const { lines, publisher } = opened()
  let asked = 0
  const publish = publisher.publish.bind(publisher)
  publisher.publish = (record, onOutcome) => {
    asked += 1
    return publish(record, onOutcome)
  }
  publisher.full = true
  for (let n = 0; n < 100; n++) lines.add(`line ${n}`, item(['a']))
  await turn()
  assert.equal(asked, 1)
  publisher.full = false
  await waitFor(() => lines.size === 0)
  assert.equal(publisher.records.length, 100)
})

for (const failure of ['route-unavailable', 'too-large'] as const) {
  test(`${failure} is not tried again, is told, and holds up nothing`, async () => {
    const { lines, topics } = opened(notStored(failure))
    const [first, second] = [item(['a', 'b']), item(['c'])]
    lines.add('line', first)
    lines.add('line', second)
    await waitFor(() => lines.size === 0)
    assert.deepEqual(topics(), ['a', 'b', 'c'])
    assert.deepEqual([first.ends, second.ends], [[failure], [undefined]])
  })
}

test('an item is given up at its deadline, and what stands behind it goes on', async () => {
  const { lines, publisher } = opened()
  publisher.full = true
  const [late, next] = [item(['late'], performance.now() + 20), item(['next'])]
  lines.add('line', late)
  lines.add('line', next)
  await waitFor(() => late.ends.length === 1)
  assert.deepEqual(late.ends, ['broker-unavailable'])
  publisher.full = false
  await waitFor(() => next.ends.length === 1)
  assert.deepEqual(
    publisher.records.map(({ topic }) => topic),
    ['next'],
  )
})

test('so many are handed to the publisher at a time, and no more', async () => {
  const { lines, publisher } = opened()
  publisher.outcome = undefined
  for (let n = 0; n < 2_500; n++) lines.add(`${n}`, item([String(n)]))
  await turn()
  assert.equal(publisher.records.length, 1_000)
  for (let n = 0; n < 700; n++) publisher.settle(stored())
  assert.equal(publisher.records.length, 1_700)
  assert.deepEqual(
    publisher.records.map(({ topic }) => Number(topic)),
    Array.from({ length: 1_700 }, (_, n) => n),
    'first come, first served',
  )
  await lines.stop(0)
})

test('a stop waits for what stands in lines, up to its time, and ends the rest', async () => {
  const { lines, publisher } = opened()
  const item1 = item(['a'])
  lines.add('line', item1)
  await lines.stop(10_000)
  assert.deepEqual(item1.ends, [undefined])
  const after = item(['b'])
  lines.add('line', after)
  assert.deepEqual(after.ends, ['broker-unavailable'])
  assert.equal(publisher.records.length, 1)
})

test('a stop that has no time left ends everything once, whatever comes of it later', async () => {
  const { lines, publisher } = opened()
  publisher.outcome = undefined
  const items = [item(['a']), item(['b']), item(['c'])]
  for (const [n, one] of items.entries()) lines.add(`${n % 2}`, one)
  await lines.stop(1)
  publisher.settle(stored())
  publisher.settle(notStored('broker-unavailable'))
  assert.deepEqual(
    items.map(({ ends }) => ends),
    items.map(() => ['broker-unavailable']),
  )
  assert.deepEqual([lines.size, publisher.records.length], [0, 2])
})

test('whatever fails, each line is in its order in the end', async () => {
  const outcome = fc.constantFrom<PublishFailure | 'stored'>(
    'stored',
    'stored',
    'stored',
    'stored',
    'outcome-unknown',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(4), { minLength: 1, maxLength: 30 }),
      fc.infiniteStream(outcome),
      async (places, outcomes) => {
        const publisher = new FakePublisher()
        const inKafka: string[] = []
        let failures = 2
        publisher.outcome = ({ topic }) => {
          const next = outcomes.next().value ?? 'stored'
          if (next !== 'stored' && failures-- > 0) return notStored(next)
          inKafka.push(topic)
          return stored()
        }
        const lines = new Lines(publisher)
        for (const [n, place] of places.entries()) lines.add(`${place}`, item([`${place} ${n}`]))
        await waitFor(() => lines.size === 0)
        for (const place of new Set(places)) {
          const expected = places.flatMap((at, n) => (at === place ? [`${place} ${n}`] : []))
          assert.deepEqual(
            inKafka.filter((topic) => topic.startsWith(`${place} `)),
            expected,
          )
        }
      },
    ),
    { numRuns: 20 },
  )
})
