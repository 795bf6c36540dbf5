// What gateways write into slot logs for each other is read back as it was, and nobody else can write it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUnreadable, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { readControl, type SlotControl, toControl } from '../../../gateway/slots/control-records.ts'
import { incoming, readAgain } from '../fakes.ts'

const secret = 'a secret of this test'
const session = 'AAAAAAAAAAAAAAAAAAAAAA'
const takeover = {
  kind: 'takeover',
  session,
  generation: 7,
  slot: 3,
  at: 40,
  atHash: 9,
  from: 20,
  had: 10,
} as const
const controls: readonly SlotControl[] = [
  { kind: 'canary', node: 'gw-1', epoch: 1_700_000_000_000 },
  takeover,
  { kind: 'settled', session, from: 20, to: 30 },
  { kind: 'ended', session, generation: 7, readFrom: 31, epoch: 5 },
]

for (const control of controls) {
  test(`${control.kind} comes back as it was written, by any of the secrets`, () => {
    const record = toControl(control, 'slot.0', secret)
    assert.deepEqual([record.key, record.partition], ['session' in control ? session : null, 0])
    assert.deepEqual(readControl(readAgain(record), [secret]), control)
    assert.deepEqual(readControl(readAgain(record), ['newer', secret]), control)
  })
}

const genuine = toControl(takeover, 'slot.0', secret)
const type = (kind: string) => ({
  ...genuine,
  headers: { ...genuine.headers, ce_type: `openclaw.control.${kind}` },
})
const options = { from: 'slot', maxTargets: 1, secrets: [secret] } as const

for (const [what, record] of [
  ['without a mark', incoming({ ce_type: 'openclaw.control.takeover' }, genuine.value)],
  ['of another secret', readAgain(toControl(takeover, 'slot.0', 'other'))],
  ['copied to another slot', readAgain(genuine, { topic: 'slot.1' })],
  ['with another value', readAgain({ ...genuine, value: Buffer.from('{"session":"B"}') })],
  ['made another kind', readAgain(type('settled'))],
  ['of a kind there is not', readAgain(type('order'))],
] as const) {
  test(`a takeover ${what} is none, and no delivery either`, () => {
    assert.equal(readControl(record, [secret]), undefined)
    assert.ok(isUnreadable(readDelivery(record, options)))
  })
}

test('a tombstone with a mark is none', () => {
  assert.equal(readControl({ ...readAgain(genuine), value: null }, [secret]), undefined)
})

test('the reply to a route that is called control is a delivery', () => {
  const reply = incoming({ ce_type: 'openclaw.control.takeover', ce_session: session })
  assert.equal(readControl(reply, [secret]), undefined)
  assert.ok(!isUnreadable(readDelivery(reply, options)))
})
