// Who the client is behind proxies: only trusted ones are believed, from the right.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clientAddress, hopsOf } from '../../../gateway/limits/forwarded.ts'

const isProxy = (address: string): boolean => address.startsWith('10.')
const by = (peer: string, value?: string) => clientAddress(peer, value, 'x-forwarded-for', isProxy)

test('the right-most address that is no proxy of ours is the client', () => {
  assert.equal(by('10.0.0.1', '198.51.100.9, 203.0.113.5, 10.0.0.2'), '203.0.113.5')
  assert.equal(by('::ffff:10.0.0.1', '203.0.113.5'), '203.0.113.5')
})

test('nobody but a trusted proxy is believed', () => {
  assert.equal(by('203.0.113.5', '198.51.100.9'), '203.0.113.5')
  assert.equal(by('::ffff:203.0.113.5', '10.0.0.1'), '203.0.113.5')
})

test('without a header, with nonsense in it, or where all are proxies, the last that is known counts', () => {
  assert.equal(by('10.0.0.1'), '10.0.0.1')
  assert.equal(by('10.0.0.1', ''), '10.0.0.1')
  assert.equal(by('10.0.0.1', '203.0.113.5, unknown'), '10.0.0.1')
  assert.equal(by('10.0.0.1', '203.0.113.5, nonsense, 10.0.0.2'), '10.0.0.2')
  assert.equal(by('10.0.0.1', '10.0.0.3, 10.0.0.2'), '10.0.0.3')
})

test('ports and brackets are left out', () => {
  assert.deepEqual(hopsOf('x-forwarded-for', '192.0.2.1:80, [2001:DB8::1]:443, 2001:db8::2, [::1]'), [
    '192.0.2.1',
    '2001:db8::1',
    '2001:db8::2',
    '::1',
  ])
})

test('the standard header is read by its `for`', () => {
  const value =
    'proto=https;for=192.0.2.1, For="[2001:db8::1]:4711";by=10.0.0.1, for=_hidden, for=unknown, by=10.0.0.9'
  const hops = ['192.0.2.1', '2001:db8::1', undefined, undefined, undefined]
  assert.deepEqual(hopsOf('forwarded', value), hops)
  assert.equal(
    clientAddress('10.0.0.1', 'for=1.1.1.1, for="203.0.113.5:9"', 'forwarded', isProxy),
    '203.0.113.5',
  )
})

test('whatever a client puts in front, the address is the one that the first proxy of ours saw', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (forged) => {
      assert.equal(by('10.0.0.1', `${forged}, 203.0.113.5`), '203.0.113.5')
    }),
  )
})
