// A miss counts only when every live slot has registered; a registry that is away is asked until it is back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FoundSession, Resolved, SessionDirectory } from '../../../gateway/delivery/ports.ts'
import { createResolver } from '../../../gateway/delivery/resolve.ts'

const found: FoundSession = {
  session: 's',
  tenant: '',
  slot: 1,
  epoch: 1,
  generation: 1,
  live: true,
  detachedMs: 0,
}

/** Answers these one after the other, and the last of them for ever. */
function resolver<T>(
  answers: (Resolved<T> | 'away')[],
  timeoutMs = 1_000,
  signal = new AbortController().signal,
) {
  let asked = 0
  const next = (): Promise<never> => {
    const answer = answers[Math.min(asked++, answers.length - 1)]
    return answer === 'away' ? Promise.reject(new Error('away')) : (Promise.resolve(answer) as Promise<never>)
  }
  const directory: SessionDirectory = { ofSession: next, ofUser: next, liveSlots: next }
  return { resolver: createResolver(directory, timeoutMs, signal), asked: () => asked }
}

test('a hit counts at once, a miss only where it is complete', async () => {
  const hit = resolver([{ found, complete: false }])
  assert.equal(await hit.resolver.session('s'), found)
  assert.equal(hit.asked(), 1)
  const late = resolver([
    { found: undefined, complete: false },
    { found, complete: true },
  ])
  assert.equal(await late.resolver.session('s'), found)
  const miss = resolver([{ found: undefined, complete: true }])
  assert.equal(await miss.resolver.session('s'), undefined)
})

test('a user’s sessions may be more than those found, so they are complete or asked again', async () => {
  const { resolver: asked } = resolver<readonly FoundSession[]>([
    { found: [], complete: false },
    { found: [found], complete: true },
  ])
  assert.deepEqual(await asked.user('', 'alice'), [found])
})

test('an answer that stays incomplete is taken when its time is over', async () => {
  const { resolver: asked } = resolver([{ found: [2], complete: false }], 150)
  assert.deepEqual(await asked.liveSlots(), [2])
})

test('a registry that is away is asked until it is back, past the time for incomplete answers', async () => {
  const { resolver: asked } = resolver(['away', 'away', { found, complete: true }], 1)
  assert.equal(await asked.session('s'), found)
})

test('the time for incomplete answers begins when the registry is back, and begins anew when it was away again', async () => {
  const incomplete = { found: undefined, complete: false }
  const away = Array.from({ length: 4 }, () => 'away' as const)
  const { resolver: asked } = resolver(
    [...away, incomplete, incomplete, ...away, incomplete, incomplete, { found, complete: true }],
    350,
  )
  assert.equal(await asked.session('s'), found)
})

test('the end of the node ends the asking', async () => {
  const stop = new AbortController()
  const { resolver: asked } = resolver(['away'], 1_000, stop.signal)
  const answer = asked.session('s')
  stop.abort()
  await assert.rejects(answer)
})
