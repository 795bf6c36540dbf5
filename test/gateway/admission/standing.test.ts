// After this process stood still nothing counts as known, until the tables were looked at once more.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Standing } from '../../../gateway/admission/standing.ts'
import { waitFor } from '../../support/wait.ts'

function world(t: TestContext) {
  const state = { current: true, asked: 0 }
  const frozen: number[] = []
  const table = {
    current: () => {
      state.asked++
      return Promise.resolve(state.current)
    },
  }
  const standing = new Standing({ tables: [table, table], onFrozen: (ms) => void frozen.push(ms) })
  t.after(() => standing.stop())
  return { standing, state, frozen }
}

/** As a process that was stopped: no timer of it runs. */
const freeze = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test('before the tables were read nothing is known', async (t) => {
  const { standing } = world(t)
  assert.equal(standing.fresh(), false)
  standing.start()
  assert.equal(standing.fresh(), true)
  assert.equal(await standing.check(), true)
})

test('a freeze is seen by whoever asks first, and over once every table is current again', async (t) => {
  const { standing, state, frozen } = world(t)
  standing.start()
  state.current = false
  freeze(1_200)
  assert.equal(standing.fresh(), false)
  assert.equal(frozen.length, 1)
  assert.ok((frozen[0] ?? 0) >= 1_200)
  assert.equal(await standing.check(), false)
  const { asked } = state
  state.current = true
  // Nobody has to ask: it looks by itself.
  await waitFor(() => standing.fresh())
  assert.ok(state.asked > asked)
  assert.equal(frozen.length, 1)
})

test('what follows from what was read is done before anybody hears that it is known', async (t) => {
  const { standing } = world(t)
  standing.start()
  const heard: string[] = []
  standing.beforeKnown(() => void heard.push(`settled, fresh: ${standing.fresh()}`))
  freeze(1_100)
  assert.equal(await standing.check(), true)
  assert.deepEqual(heard, ['settled, fresh: false'])
})

test('a wall clock that was set forward is as a machine that was suspended', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const { standing, state } = world(t)
  standing.start()
  t.mock.timers.tick(900)
  assert.equal(standing.fresh(), true)
  t.mock.timers.tick(200)
  assert.equal(standing.fresh(), false)
  assert.equal(await standing.check(), true)
  assert.equal(state.asked, 2)
})

test('a freeze in the middle of a look is not over with that look', async (t) => {
  const { standing, state } = world(t)
  standing.start()
  freeze(1_100)
  const looked = standing.check()
  freeze(1_100)
  assert.equal(standing.fresh(), false)
  assert.equal(await looked, false)
  assert.ok(state.asked >= 2)
  assert.equal(await standing.check(), true)
})
