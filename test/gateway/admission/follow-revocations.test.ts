// The table of revocations followed: each record as it comes, many told as one, and what no longer counts let go of.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { followRevocations } from '../../../gateway/admission/follow-revocations.ts'
import { waitFor } from '../../support/wait.ts'
import { alice } from '../fakes.ts'

function world(t: TestContext) {
  let listener: (key: string, value: Buffer | undefined) => void = () => undefined
  const forgotten: string[] = []
  const unreadable: string[] = []
  const state = { told: 0, now: 1_000 }
  const table = {
    onChange(given: typeof listener) {
      listener = given
      return () => {
        listener = () => undefined
      }
    },
    forget: (key: string) => void forgotten.push(key),
  }
  const found = followRevocations(table, {
    onRevoked: () => void state.told++,
    onUnreadable: (key) => void unreadable.push(key),
    now: () => state.now,
  })
  t.after(() => found.stop())
  const put = (key: string, value?: string) =>
    listener(key, value === undefined ? undefined : Buffer.from(value))
  return { found, put, state, forgotten, unreadable }
}

test('a record revokes until its tombstone, and one that cannot be read does so, too, and is told', async (t) => {
  const { found, put, state, unreadable } = world(t)
  put('user:/alice', '{}')
  assert.equal(found.isRevoked(alice), true)
  await waitFor(() => state.told === 1)
  put('user:/alice')
  assert.equal(found.isRevoked(alice), false)
  put('user:/alice', '{"notBefore":')
  put('alice', '{}')
  assert.deepEqual([found.isRevoked(alice), found.size, unreadable], [true, 1, ['user:/alice', 'alice']])
  await waitFor(() => state.told === 2)
})

test('a thousand records at once are told as few', async (t) => {
  const { found, put, state } = world(t)
  for (let n = 0; n < 1_000; n++) put(`token:${n}`, '{}')
  await waitFor(() => state.told > 0)
  for (let n = 0; n < 1_000; n++) put(`token:${n}`, '{"reason":"again"}')
  await waitFor(() => state.told > 1)
  assert.deepEqual([state.told, found.size], [2, 1_000])
})

test('what is over is not kept, whether it comes so or becomes so', (t) => {
  const { found, put, state, forgotten } = world(t)
  put('token:old', `{"expiresAt":"${new Date(999).toISOString()}"}`)
  put('token:new', `{"expiresAt":"${new Date(2_000).toISOString()}"}`)
  assert.deepEqual([forgotten, found.size], [['token:old'], 1])
  found.sweep()
  state.now = 2_000
  found.sweep()
  assert.deepEqual([forgotten, found.size], [['token:old', 'token:new'], 0])
})
