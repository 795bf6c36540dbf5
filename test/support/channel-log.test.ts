// The judge of what clients got of a channel has to see what is wrong, or its zeros mean nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChannelLog } from './channel-log.ts'

/** Steps of a log: a number at its own place or, in a pair, at another; or that there was a gap, or that one was dropped. */
function logOf(...steps: readonly (number | 'gap' | 'drop' | [number, string])[]): ChannelLog {
  const log = new ChannelLog()
  log.subscribed('p', true)
  for (const step of steps) {
    if (step === 'gap') log.subscribed('p', false)
    else if (step === 'drop') log.dropped(1)
    else if (typeof step === 'number') log.message(`at ${step}`, step)
    else log.message(step[1], step[0])
  }
  return log
}

const nothing = { repeats: 0, gaps: 0, dropped: 0, missing: 0, misplaced: 0 }

for (const [what, log, expected] of [
  ['everything came', logOf(0, 1, 2), { messages: 3 }],
  ['a repeat at its position', logOf(0, 1, 1, 2), { messages: 3, repeats: 1 }],
  ['the same at another position', logOf(0, 1, [1, 'elsewhere'], 2), { messages: 4, misplaced: 1 }],
  ['one late', logOf(1, 0, 2), { messages: 3, missing: 1, misplaced: 1 }],
  ['one missing', logOf(0, 2), { messages: 2, missing: 1 }],
  ['the end missing', logOf(0), { messages: 1, missing: 2 }],
  ['the beginning missing', logOf(2), { messages: 1, missing: 2 }],
  ['a gap that was told', logOf(0, 'gap', 2), { messages: 2, gaps: 1 }],
  ['a gap at the end', logOf(0, 'gap'), { messages: 1, gaps: 1 }],
  ['a gap told elsewhere', logOf(0, 'gap', 1), { messages: 2, gaps: 1, missing: 1 }],
  ['one let go and told', logOf(0, 'drop', 2), { messages: 2, dropped: 1 }],
  ['one let go and told elsewhere', logOf('drop', 0, 2), { messages: 2, dropped: 1 }],
  ['two let go and one told', logOf('drop', 2), { messages: 1, dropped: 1, missing: 1 }],
] as const)
  test(what, () => assert.deepEqual(log.counts(3), { ...nothing, ...expected }))
