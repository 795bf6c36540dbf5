// What becomes of sessions, in histories written by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../history.ts'
import { broken, did, fault, judge, judgeLives } from './histories.ts'

const event = (session: string, kind: string, id: string): Entry => ({ e: 'event', at: 1, session, kind, id })
const next = (at: number, session: string, more: object = {}) =>
  did.welcome(at, session, { connection: 2, before: 's0', ...more })

test('who comes back in time and gets a new session, or one with a gap, is found', async () => {
  const left = [did.welcome(1_000, 's0'), did.closed(2_000)]
  const lost = ['I5 lost a session that could be resumed']
  assert.deepEqual(broken(await judgeLives(...left, next(4_000, 's1'))), lost)
  assert.deepEqual(broken(await judgeLives(...left, next(4_000, 's0', { recovered: false }))), lost)
  assert.deepEqual(broken(await judgeLives(...left, next(4_000, 's0', { resumed: true }))), [])
  assert.deepEqual(broken(await judgeLives(...left, next(40_000, 's1'))), [])
  const excused = await judgeLives(...fault(1, 'kafka killed', 1_500, 1_900), ...left, next(4_000, 's1'))
  assert.deepEqual(broken(excused), [])
})

test('a session without a final event is found, unless its registry was lost', async () => {
  const lived = [did.welcome(1_000, 's0'), did.closed(2_000)]
  const connected = event('s0', 'connected', 's0/1/connected')
  const ended = event('s0', 'ended', 's0/1/ended')
  assert.deepEqual(broken(await judge(...lived, connected)), ['event no final event'])
  assert.deepEqual(broken(await judge(...lived, connected, ended, ended)), [])
  const wiped = fault(1, 'redis wiped', 3_000, 4_000)
  assert.deepEqual(broken(await judge(...wiped, ...lived, connected)), [])
})

test('two different events with one id are found', async () => {
  const judgement = await judge(event('s0', 'ended', 's0/1/ended'), event('s0', 'resumed', 's0/1/ended'))
  assert.deepEqual(broken(judgement), ['event two events with one id'])
})

test('a session that goes on after its final event has to end again', async () => {
  const ended = event('s0', 'ended', 's0/5/ended')
  const again = event('s0', 'ended', 's0/7/ended')
  const resumed = (generation: number) => event('s0', 'resumed', `s0/${generation}/resumed`)
  assert.deepEqual(broken(await judge(resumed(5), ended)), [])
  assert.deepEqual(broken(await judge(ended, resumed(7))), ['event went on after its last final event'])
  assert.deepEqual(broken(await judge(ended, resumed(7), again)), [])
})
