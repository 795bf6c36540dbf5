// A server that fails is let be for a time, then tried once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCircuit, NotAsked } from '../../../../gateway/admission/authenticators/circuit.ts'

function world() {
  const state = { now: 0, asked: 0, fails: false }
  const circuit = createCircuit({
    failures: 3,
    pauseMs: 1_000,
    maxPending: 2,
    isOutage: (failure) => String(failure) !== 'Error: yours',
    now: () => state.now,
  })
  const ask = (by = 'down') =>
    circuit(async () => {
      state.asked++
      if (state.fails) throw new Error(by)
      return 'answer'
    })
  return { state, circuit, ask }
}

test('after failures in a row nobody asks until the pause is over, then one does', async () => {
  const { state, ask } = world()
  state.fails = true
  for (let n = 0; n < 3; n++) await assert.rejects(ask(), /down/)
  for (let n = 0; n < 10; n++) await assert.rejects(ask(), NotAsked)
  assert.equal(state.asked, 3)
  state.now = 1_000
  const tries = await Promise.allSettled([ask(), ask()])
  assert.deepEqual(
    tries.map((each) => each.status === 'rejected' && each.reason instanceof NotAsked),
    [false, true],
  )
  await assert.rejects(ask(), NotAsked)
  assert.equal(state.asked, 4)
  state.now = 2_000
  state.fails = false
  assert.equal(await ask(), 'answer')
  assert.equal(await ask(), 'answer')
})

test('an answer between failures begins the count anew', async () => {
  const { state, ask } = world()
  for (let n = 0; n < 5; n++) {
    state.fails = true
    await assert.rejects(ask(), /down/)
    await assert.rejects(ask(), /down/)
    state.fails = false
    assert.equal(await ask(), 'answer')
  }
})

test('failures that whoever asks can cause do not close it to others', async () => {
  const { state, ask } = world()
  state.fails = true
  for (let n = 0; n < 10; n++) await assert.rejects(ask('yours'), /yours/)
  state.fails = false
  assert.equal(await ask(), 'answer')
})

test('more questions than allowed at a time are not asked', async () => {
  const { circuit } = world()
  const slow = Promise.withResolvers<string>()
  const first = [circuit(() => slow.promise), circuit(() => slow.promise)]
  await assert.rejects(
    circuit(async () => 'x'),
    NotAsked,
  )
  slow.resolve('late')
  assert.deepEqual(await Promise.all(first), ['late', 'late'])
  assert.equal(await circuit(async () => 'x'), 'x')
})
