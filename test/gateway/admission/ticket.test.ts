// What a ticket stands for is written so that the store can neither read the ticket nor make one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTicket, openPrincipal, sealPrincipal, ticketHash } from '../../../gateway/admission/ticket.ts'
import type { Principal } from '../../../gateway/session/principal.ts'

const alice: Principal = {
  user: 'ä.lice',
  tenant: 'acme',
  claims: { roles: ['a.b'] },
  expiresAt: 5,
  shown: { key: 'k', issuedAt: 1 },
}
const [old, current] = ['the old secret of all', 'the secret of now']

test('a ticket is 256 bits that a URL can carry, and is kept under a hash of it', () => {
  const ticket = newTicket()
  assert.match(ticket, /^[A-Za-z0-9_-]{43}$/)
  assert.notEqual(ticket, newTicket())
  assert.match(ticketHash(ticket) ?? '', /^[0-9a-f]{64}$/)
  for (const none of ['', 'x', `${ticket}=`, `${ticket}a`, `${ticket.slice(1)}/`, `${ticket}\n`])
    assert.equal(ticketHash(none), undefined)
})

test('the principal comes back whole, also while secrets change', () => {
  const sealed = sealPrincipal('h', alice, old)
  assert.deepEqual(openPrincipal('h', sealed, [old]), alice)
  assert.deepEqual(openPrincipal('h', sealed, [current, old]), alice)
  assert.equal(openPrincipal('h', sealed, [current]), undefined)
})

test('nothing but what was signed for this ticket is believed', () => {
  const sealed = sealPrincipal('h', alice, current)
  const other = sealed.replace('ä.lice', 'root')
  for (const forged of [
    other,
    '',
    '.',
    '.{}',
    JSON.stringify(alice),
    `.${JSON.stringify(alice)}`,
    sealed.slice(0, -1),
  ])
    assert.equal(openPrincipal('h', forged, [current]), undefined, forged)
  assert.equal(openPrincipal('another', sealed, [current]), undefined)
})
