// Rounds go on: a canary each time while there is a slot, and the next round after one that failed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readControl } from '../../../gateway/slots/control-records.ts'
import { everyRound, type Pulse, sendCanaries } from '../../../gateway/slots/heart.ts'
import type { Tenure } from '../../../gateway/slots/tenure.ts'
import { waitFor } from '../../support/wait.ts'
import { FakePublisher, readAgain, stored } from '../fakes.ts'

test('canaries go to the slot that is held, while one is held', async () => {
  const publisher = new FakePublisher()
  const stop = new AbortController()
  let tenure: Tenure | undefined
  const pulse: Pulse = { sentAt: undefined, producedAt: undefined }
  publisher.outcome = () => stored()
  const options = { node: 'gw-1', secret: 's', everyMs: 1, signal: stop.signal, pulse }
  const sending = sendCanaries(options, publisher, () => tenure)
  assert.equal(publisher.records.length, 0)
  tenure = { topic: 'slot.2', epoch: 4 } as Tenure
  await waitFor(() => publisher.records.length > 1 && pulse.producedAt !== undefined)
  assert.ok(pulse.sentAt !== undefined)
  stop.abort()
  await sending
  const [first] = publisher.records
  assert.ok(first)
  assert.deepEqual(readControl(readAgain(first), ['s']), { kind: 'canary', node: 'gw-1', epoch: 4 })
})

test('a round that fails is told, and the next one comes', async () => {
  const stop = new AbortController()
  const failures: unknown[] = []
  const rounds = everyRound(
    1,
    stop.signal,
    () => Promise.reject(new Error('away')),
    (failure) => failures.push(failure),
  )
  await waitFor(() => failures.length > 1)
  stop.abort()
  await rounds
})
