// The times of recovery in a history written by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { did, fault, judge } from './histories.ts'

test('a fault is told with who lost a connection, when they were back, and when acks came again', async () => {
  const [begin, end] = fault(1, 'node killed', 1_000, 2_000)
  const gone = { code: 1006, ours: false }
  const { recovery } = await judge(
    did.welcome(500, 's0'),
    did.welcome(500, 's1', { client: 1 }),
    did.sent(600, 1, 1),
    did.acked(900, 1, 0),
    ...(begin ? [begin] : []),
    did.closed(1_100, gone),
    did.closed(1_100, { ...gone, client: 1, ours: true }),
    did.welcome(1_700, 's0', { connection: 2, before: 's0' }),
    ...(end ? [end] : []),
    did.acked(2_300, 1, 0),
  )
  assert.deepEqual(recovery, [
    {
      kind: 'node killed',
      times: 1,
      lost: 1,
      backMs: { p50: 600, p99: 600, most: 600, never: 0 },
      silentMs: 1_300,
      ackedAfterMs: 300,
    },
  ])
})
