// What sessions have missed is read once for all of them, held within bounds, and proved to be of the log they know.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Found } from '../../../gateway/slots/wishes.ts'
import { waitFor } from '../../support/wait.ts'
import { sweptLog } from './sweeping.ts'

const [alice, bob] = ['A'.repeat(22), 'B'.repeat(22)]

function found(what: Found | 'too-much'): Found {
  assert.ok(what !== 'too-much')
  return what
}

const valuesOf = (what: Found | 'too-much') =>
  found(what).arrivals.map(({ body }) => body.record.value?.toString())

test('a session finds its own deliveries and words, every canary, and nothing of others', async () => {
  const { sweeper, to, send, control, written } = await sweptLog()
  const takeover = { kind: 'takeover', generation: 2, slot: 1, at: 0, atHash: 0, from: 0, had: 0 } as const
  const canary = { kind: 'canary', node: 'a', epoch: 1 } as const
  to(alice, 'a')
  to(bob, 'b')
  control({ ...takeover, session: bob })
  control({ ...takeover, session: alice })
  control(canary)
  send({ ce_session: alice }, 'reply')
  send({ kafka_correlationId: `${alice}/q` }, 'of Spring')
  send(
    { ce_session: alice, 'content-type': 'application/cloudevents+json' },
    '{"specversion":"1.0","data":1}',
  )
  send({ ce_to: `session:${alice},session:${bob}` }, 'both: split further on')
  send({}, 'unreadable')
  await written(10)
  const what = found(await sweeper.collect(0, 0, 'end', alice))
  assert.deepEqual(
    what.arrivals.map(({ offset }) => offset),
    [0, 5, 6, 7],
  )
  assert.deepEqual(
    what.controls.map(({ offset, record }) => [offset, record.kind]),
    [
      [3, 'takeover'],
      [4, 'canary'],
    ],
  )
  assert.deepEqual([what.start, what.next], [0, 10])
})

test('all who come while a reading runs share the next one', async () => {
  const { sweeper, readings, gate, to, written } = await sweptLog()
  for (let n = 0; n < 6; n++) to(n % 2 === 0 ? alice : bob, String(n))
  await written(6)
  const opened = Promise.withResolvers<void>()
  gate.open = opened.promise
  const first = sweeper.collect(0, 4, 'end', alice)
  await waitFor(() => readings.length === 1)
  const others = [0, 2, 5].map((from) => sweeper.collect(0, from, 'end', from === 5 ? bob : alice))
  opened.resolve()
  assert.deepEqual(valuesOf(await first), ['4'])
  assert.deepEqual((await Promise.all(others)).map(valuesOf), [['0', '2', '4'], ['2', '4'], ['5']])
  assert.deepEqual(readings, ['3-6', '0-6'])
})

test('a part of a log is what stands from its first offset up to and without its last', async () => {
  const { sweeper, to, written, hashOf } = await sweptLog()
  for (let n = 0; n < 6; n++) to(alice, String(n))
  await written(6)
  const what = await sweeper.collect(0, 2, 4, alice)
  assert.deepEqual(valuesOf(what), ['2', '3'])
  const { hashBefore, hashAtEnd, next } = found(what)
  assert.deepEqual([hashBefore, hashAtEnd, next], [await hashOf(1), await hashOf(3), 4])
})

test('an empty part proves the record before it all the same', async () => {
  const { sweeper, to, written, hashOf } = await sweptLog()
  to(alice, '0')
  await written(1)
  const { hashBefore, arrivals, next } = found(await sweeper.collect(0, 1, 'end', alice))
  assert.deepEqual([hashBefore, arrivals, next], [await hashOf(0), [], 1])
})

test('before the first record there is none, nor where a transaction ended or the log was cut', async () => {
  const { broker, sweeper, to, written } = await sweptLog()
  to(alice, '0')
  await written(1)
  broker.skip('slot.0', 1)
  to(alice, '2')
  await written(3)
  assert.equal(found(await sweeper.collect(0, 0, 'end', alice)).hashBefore, undefined)
  assert.equal(found(await sweeper.collect(0, 2, 'end', alice)).hashBefore, undefined)
  broker.truncate('slot.0', 2)
  const cut = found(await sweeper.collect(0, 1, 'end', alice))
  assert.deepEqual([cut.hashBefore, cut.start, valuesOf(cut)], [undefined, 2, ['2']])
})

test('a log that ends before the part begins is another log', async () => {
  const { broker, sweeper, to, written } = await sweptLog()
  for (let n = 0; n < 6; n++) to(alice, String(n))
  await written(6)
  broker.recreate('slot.0')
  to(alice, 'new')
  await written(1)
  const { hashBefore, start, next } = found(await sweeper.collect(0, 4, 'end', alice))
  assert.deepEqual([hashBefore, start, next], [undefined, 0, 1])
})

test('a session that missed too much for itself is told so, and others are not', async () => {
  const { sweeper, to, written } = await sweptLog()
  for (let n = 0; n < 4; n++) to(alice, 'x'.repeat(3_000))
  to(bob, 'b')
  await written(5)
  const both = await Promise.all([alice, bob].map((session) => sweeper.collect(0, 0, 'end', session)))
  assert.equal(both[0], 'too-much')
  assert.deepEqual(valuesOf(both[1] ?? 'too-much'), ['b'])
})

test('what all hold together is bounded while it is read, until it is released', async () => {
  const { sweeper, to, written } = await sweptLog()
  for (let n = 0; n < 2; n++) to(alice, 'x'.repeat(4_000))
  await written(2)
  const three = [1, 2, 3].map(() => sweeper.collect(0, 0, 'end', alice))
  const held = await Promise.allSettled(three)
  assert.deepEqual(
    held.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  )
  await assert.rejects(sweeper.collect(0, 0, 'end', alice), /too much/)
  sweeper.release(found(await (three[0] ?? assert.fail())))
  assert.equal(valuesOf(await sweeper.collect(0, 0, 'end', alice)).length, 2)
})

test('when Kafka does not answer all who wait are told, and the next one reads anew', async () => {
  const { sweeper, gate, to, written } = await sweptLog()
  to(alice, '0')
  await written(1)
  gate.open = Promise.reject(new Error('away'))
  gate.open.catch(() => undefined)
  const both = [sweeper.collect(0, 0, 'end', alice), sweeper.collect(0, 0, 'end', bob)]
  for (const one of both) await assert.rejects(one, /away/)
  gate.open = Promise.resolve()
  assert.deepEqual(valuesOf(await sweeper.collect(0, 0, 'end', alice)), ['0'])
})
