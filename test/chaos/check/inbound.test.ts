// I1 to I3 in histories written by hand: each breach is caught, and what is allowed is not taken for one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broken, did, fault, inbound, judge } from './histories.ts'

test('what was acked, stored in order and at its place breaks nothing', async () => {
  const judgement = await judge(
    did.sent(1, 1, 1),
    did.sent(2, 2, 2),
    did.acked(3, 1, 0),
    did.acked(3, 2, 1),
    inbound(0, 1, '1.1'),
    inbound(1, 2, '1.2'),
  )
  assert.deepEqual(broken(judgement), [])
  assert.deepEqual(judgement.inbound, { sent: 2, acked: 2, refused: 0, 'in Kafka': 2, copies: 0 })
})

test('I1: an acked message that is not in Kafka is found', async () => {
  const judgement = await judge(did.sent(1, 1, 1), did.acked(2, 1, 0))
  assert.deepEqual(broken(judgement), ['I1 acked but not in Kafka'])
  assert.deepEqual(judgement.violations[0]?.uuids, ['i0-1'])
})

test('I1: an ack that names the place of another message is found', async () => {
  const judgement = await judge(
    did.sent(1, 1, 1),
    did.sent(1, 2, 2),
    did.acked(2, 1, 1),
    inbound(0, 1, '1.1'),
    inbound(1, 2, '1.2'),
  )
  assert.deepEqual(broken(judgement), ['I1 acked at another place'])
})

test('I1: a record that nobody sent is found', async () => {
  assert.deepEqual(broken(await judge(inbound(0, 1, '1.1'))), ['I1 stored though nobody sent it'])
})

test('I2: two frames of one connection and key that changed places are found', async () => {
  const judgement = await judge(
    did.sent(1, 1, 1),
    did.sent(2, 2, 2),
    inbound(0, 2, '1.2'),
    inbound(1, 1, '1.1'),
  )
  assert.deepEqual(broken(judgement), ['I2 reordered on one connection', 'I2 first copies out of order'])
})

test('I2: frames of other keys, copies, and refused frames may stand anywhere', async () => {
  const judgement = await judge(
    did.sent(1, 1, 1),
    did.sent(2, 2, 2),
    did.refused(3, 'i0-1'),
    did.sent(4, 3, 1),
    inbound(0, 2, '1.2'),
    inbound(1, 1, '1.1'),
    inbound(2, 2, '1.2'),
    inbound(3, 1, '1.3'),
  )
  assert.deepEqual(broken(judgement), [])
  assert.equal(judgement.inbound['copies'], 2)
})

test('I2: a message that was sent again on the next connection stands before newer ones', async () => {
  const again = (nth: number, sequence: number) => did.sent(5, nth, sequence, { connection: 2 })
  const sent = [did.sent(1, 1, 1), did.sent(2, 2, 2), again(1, 1), again(2, 2), again(3, 3)]
  const good = await judge(
    ...sent,
    inbound(0, 1, '1.1'),
    inbound(1, 1, '2.1'),
    inbound(2, 2, '2.2'),
    inbound(3, 3, '2.3'),
  )
  assert.deepEqual(broken(good), [])
  const stored = [inbound(0, 2, '1.2'), inbound(1, 1, '2.1')]
  assert.deepEqual(broken(await judge(...sent, ...stored)), ['I2 first copies out of order'])
  const excused = await judge(...sent, ...fault(1, 'kafka killed', 0, 3), ...stored)
  assert.deepEqual(broken(excused), [], 'a refusal may have been lost while Kafka was away')
})

test('I3: copies that differ in source, id or sequence are found', async () => {
  for (const differs of [{ source: '/openclaw/d' }, { id: 'other/i0-1' }, { sequence: '2' }]) {
    const judgement = await judge(did.sent(1, 1, 1), inbound(0, 1, '1.1'), inbound(1, 1, '1.1', differs))
    assert.deepEqual(broken(judgement), ['I3 copies differ'])
  }
})
