// I7, I8 and late attempts in histories written by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../history.ts'
import { broken, did, judge, judgeOnly, registry, toSlot } from './histories.ts'

const judgeRegistry = async (look: Entry) => broken(await judgeOnly(look))

test('I7: one right entry for each live session, and none for others', async () => {
  const owned = [['s0', '/u0']] as const
  assert.deepEqual(await judgeRegistry(registry(owned, [['s0', 0]])), [])
  assert.deepEqual(await judgeRegistry(registry([], [['s0', 0]])), ['I7 a live session is not entered'])
  assert.deepEqual(await judgeRegistry(registry([['s0', '/u1']], [['s0', 0]])), [
    'I7 a live session is entered wrongly',
  ])
  assert.deepEqual(await judgeRegistry(registry([...owned, ...owned], [['s0', 0]])), [
    'I7 a live session is entered wrongly',
  ])
  assert.deepEqual(await judgeRegistry(registry(owned)), ['I7 a dead session is entered'])
})

test('I7: a history without a look at the registry is not good enough', async () => {
  assert.deepEqual(broken(await judgeOnly()), ['I7 not looked at'])
})

test('I8: a process that ends by itself is found, one that was ended is not', async () => {
  const ended = (asked: boolean): Entry => ({
    e: 'node',
    at: 1,
    node: 'n1',
    pid: 7,
    what: 'ended',
    asked,
    code: 1,
  })
  assert.deepEqual(broken(await judge(ended(true))), [])
  assert.deepEqual(broken(await judge(ended(false))), ['I8 a process ended by itself'])
})

test('I8: what nobody expected to be thrown is found in what processes say', async () => {
  const said = (line: string): Entry => ({ e: 'said', at: 1, node: 'n1', line })
  assert.deepEqual(broken(await judge(said('uncaughtException: x'))), ['I8 unexpected failure'])
  assert.deepEqual(broken(await judge(said('{"level":"error","msg":"Kafka is away"}'))), [])
})

test('I8: a client that never came back, or waits for ever, is found', async () => {
  const rest = (waiting: number, up: boolean): Entry => ({ e: 'rest', at: 1, client: 0, waiting, up })
  assert.deepEqual(broken(await judge(rest(0, true))), [])
  assert.deepEqual(broken(await judge(rest(2, true))), ['I8 never answered'])
  assert.deepEqual(broken(await judge(rest(0, false))), ['I8 a client never came back'])
})

test('a hello of an older attempt that gets the session is found, one that is closed is not', async () => {
  const late = (answer: 'resumed' | 'closed'): Entry => ({
    e: 'late-hello',
    at: 1,
    client: 0,
    attempt: 3,
    session: 's0',
    answer,
  })
  assert.deepEqual(broken(await judge(late('closed'))), [])
  assert.deepEqual(broken(await judge(late('resumed'))), ['hello a late hello won'])
})

test('a close that tells a client to stay away is found', async () => {
  const judgement = await judge(did.closed(1, { code: 4409, ours: false }))
  assert.deepEqual(broken(judgement), ['close a client was sent away for good'])
  assert.deepEqual(broken(await judge(did.closed(1, { code: 4510, ours: false }))), [])
})

test('a client that is closed as slow to confirm before it had the time to is found', async () => {
  const slow = { code: 4513, reason: 'what was delivered is not confirmed', ours: false }
  const closedAt = async (at: number) => broken(await judge(did.welcome(1_000, 's0'), did.closed(at, slow)))
  assert.deepEqual(await closedAt(2_000), ['close slow to confirm, before it had time to'])
  assert.deepEqual(await closedAt(12_000), [])
})

test('I5: a log that is not settled in the end is found, and what holds it up', async () => {
  const entry: Entry = { e: 'unsettled', at: 1, detail: 'slot.1/0: committed 3 of 5' }
  const received = ['a', 'b', 'c'].map((uuid) => did.received(2, uuid, 's0'))
  const stored = ['a', 'b', 'c'].map((uuid, at) => toSlot(1, at + 2, uuid, 'session:s0'))
  const { violations } = await judge(did.welcome(0, 's0'), ...received, entry, ...stored)
  assert.deepEqual(
    violations.map(({ how, uuids }) => [how, uuids]),
    [['never settled', ['b']]],
  )
})
