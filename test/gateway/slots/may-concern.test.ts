// Whose a record is, told cheaply: never a no to one that the full reading gives to the session.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toControl } from '../../../gateway/slots/control-records.ts'
import { mayConcern } from '../../../gateway/slots/may-concern.ts'
import { incoming, readAgain } from '../fakes.ts'

const secret = 'a secret of this test'
const [mine, other] = ['AAAAAAAAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBBBBBBBB']
const isMine = (session: string): boolean => session === mine
const settled = (session: string) =>
  readAgain(toControl({ kind: 'settled', session, from: 1, to: 2 }, 'slot.0', secret))
const canary = readAgain(toControl({ kind: 'canary', node: 'gw-1', epoch: 5 }, 'slot.0', secret))

for (const [what, record, expected] of [
  ['a control record of the session', settled(mine), true],
  ['one of another session', settled(other), false],
  ['a canary', canary, true],
  ['a delivery to the session', incoming({ ce_to: `session:${mine}` }), true],
  ['one with blanks around its target', incoming({ ce_to: ` session:${mine} ` }), true],
  ['one to another session', incoming({ ce_to: `session:${other}` }), false],
  ['an answer to the session', incoming({ ce_session: mine }), true],
  ['an answer to another', incoming({ ce_session: other }), false],
  [
    'an answer to it that is addressed elsewhere',
    incoming({ ce_session: mine, ce_to: `session:${other}` }),
    false,
  ],
  ['an answer as Spring makes it', incoming({ kafka_correlationId: `${mine}/r1` }), true],
  ['one to another session as Spring makes it', incoming({ kafka_correlationId: `${other}/r1` }), false],
  [
    'an event that says inside for whom it is',
    incoming({ 'content-type': 'application/cloudevents+json' }),
    true,
  ],
  ['one that says nothing', incoming({}), true],
] as const) {
  test(`${what} ${expected ? 'may concern' : 'does not concern'} the session`, () => {
    assert.equal(mayConcern(record, isMine), expected)
  })
}
