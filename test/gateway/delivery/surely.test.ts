// What must not be lost is tried until Kafka has it, or until no trying will help.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSurely } from '../../../gateway/delivery/surely.ts'
import type { PublishOutcome } from '../../../gateway/inbound/ports.ts'
import { FakePublisher, notStored, stored } from '../fakes.ts'

const record = { topic: 't', key: 'k', value: Buffer.from('v'), headers: {} }

function tried(...outcomes: PublishOutcome[]) {
  const publisher = new FakePublisher()
  publisher.outcome = () => outcomes.shift()
  return publisher
}

test('a record is tried again until it is in Kafka', async () => {
  const publisher = tried(notStored('broker-unavailable'), notStored('outcome-unknown'), stored())
  assert.equal(await createSurely(publisher, new AbortController().signal)(record), 'published')
  assert.deepEqual(publisher.records, [record, record, record])
})

test('a queue that is full is tried again, too', async () => {
  const publisher = tried(stored())
  publisher.full = true
  const published = createSurely(publisher, new AbortController().signal)(record)
  publisher.full = false
  assert.equal(await published, 'published')
})

for (const failure of ['route-unavailable', 'too-large'] as const) {
  test(`${failure} is given up at once`, async () => {
    const publisher = tried(notStored(failure))
    assert.equal(await createSurely(publisher, new AbortController().signal)(record), failure)
    assert.equal(publisher.records.length, 1)
  })
}

test('the end of the node ends the trying, and nothing is known then', async () => {
  const stop = new AbortController()
  const publisher = tried(notStored('broker-unavailable'))
  const published = createSurely(publisher, stop.signal)(record)
  setImmediate(() => stop.abort())
  await assert.rejects(published)
})
