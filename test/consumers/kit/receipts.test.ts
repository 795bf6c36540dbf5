// Receipts as promises: those of the right send, the first that decides, and a word when none comes.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Receipts } from '../../../consumers/kit/receipts.ts'
import type { Arrival } from '../../../consumers/kit/record.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld } from './world.ts'

const place = { topic: 'd', partition: 2, offset: 81 }

const receipt = (outcome: string, target: string, reason?: string, key = 'd/2/81'): Arrival => ({
  topic: 'r',
  partition: 0,
  message: {
    key: Buffer.from(key),
    value: Buffer.from(JSON.stringify({ outcome, target, reason })),
    offset: '0',
    timestamp: '0',
  },
})

describe('a receipt that is waited for', () => {
  it('is the first that says what was wanted, and not one of another send', async () => {
    const receipts = new Receipts()
    const waiting = receipts.wait(place, 'confirmed', false, 10_000)
    receipts.onRecord(receipt('confirmed', 'session:x', undefined, 'd/2/80'))
    receipts.onRecord(receipt('written', 'session:a'))
    receipts.onRecord(receipt('failed', 'session:b', 'unconfirmed'))
    receipts.onRecord(receipt('confirmed', 'session:a'))
    assert.deepEqual(await waiting, { outcome: 'confirmed', target: 'session:a' })
  })

  it('may have come before the send was known to be stored', async () => {
    const receipts = new Receipts()
    receipts.onRecord(receipt('failed', 'user:alice', 'no-session'))
    const outcome = await receipts.wait(place, 'written', false, 10_000)
    assert.deepEqual(outcome, { outcome: 'failed', reason: 'no-session', target: 'user:alice' })
  })

  it('is a failure at once where nobody else can get it, and at the end of the time where somebody might', async () => {
    const receipts = new Receipts()
    receipts.onRecord(receipt('failed', 'session:a', 'deadline-passed'))
    assert.equal((await receipts.wait(place, 'written', true, 10_000)).reason, 'deadline-passed')
    receipts.onRecord(receipt('failed', 'session:a', 'deadline-passed'))
    assert.equal((await receipts.wait(place, 'written', false, 5)).reason, 'deadline-passed')
    assert.deepEqual(await receipts.wait(place, 'written', false, 5), { outcome: 'unknown' })
  })

  it('is read from its topic, whatever was there before', async (t) => {
    const { kafka, backend } = await createWorld(t)
    const [dispatch, receipts] = [randomName('dispatch'), randomName('receipts')]
    await kafka.createTopics([{ topic: dispatch }, { topic: receipts, partitions: 2 }])
    const value = (outcome: string) => JSON.stringify({ outcome, target: 'session:s' })
    await kafka.send(receipts, [{ key: `${dispatch}/0/0`, value: value('failed') }])
    const one = backend({ topics: { dispatch, receipts } })
    const sending = one.sendTo('session:s', 'hi', { receipt: 'confirmed', timeoutMs: 20_000 })
    const sent = await kafka.read(dispatch)
    await waitFor(() => sent.length === 1)
    assert.equal(sent[0]?.headers['ce_receipt'], 'confirmed')
    await kafka.send(receipts, [{ key: `${dispatch}/0/0`, value: value('confirmed') }])
    const answer = { topic: dispatch, partition: 0, offset: 0, outcome: 'confirmed', target: 'session:s' }
    assert.deepEqual(await sending, answer)
  })
})
