// Addresses: one way of writing each, and IPv6 by its /64.
import assert from 'node:assert/strict'
import { BlockList, isIPv6 } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { countedAddress, plainAddress } from '../../../gateway/limits/address.ts'

test('an address is written in one way, and what is none is none', () => {
  const given = [
    '192.0.2.7',
    '::ffff:192.0.2.7',
    '::FFFF:192.0.2.7',
    '2001:DB8::1',
    'fe80::1%eth0',
    'localhost',
    '',
    '1.2.3',
  ]
  assert.deepEqual(given.map(plainAddress), [
    '192.0.2.7',
    '192.0.2.7',
    '192.0.2.7',
    '2001:db8::1',
    'fe80::1',
    undefined,
    undefined,
    undefined,
  ])
})

test('an IPv4 address counts for itself, an IPv6 address as its network', () => {
  const given = [
    '192.0.2.7',
    '2001:db8:1:2:3:4:5:6',
    '2001:db8:1:2::',
    '2001:db8::1',
    '::1',
    '64:ff9b::192.0.2.1',
    '1::2:3:4:5:6:7',
  ]
  assert.deepEqual(given.map(countedAddress), [
    '192.0.2.7',
    '2001:db8:1:2::/64',
    '2001:db8:1:2::/64',
    '2001:db8:0:0::/64',
    '0:0:0:0::/64',
    '64:ff9b:0:0::/64',
    '1:0:2:3::/64',
  ])
})

test('two IPv6 addresses count as one exactly when they share their /64', () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.ipV6(), fc.boolean(), (one, other, related) => {
      fc.pre(isIPv6(one) && isIPv6(other))
      const network = countedAddress(one).replace('::/64', '')
      const second = related ? `${network}:0:0:0:9` : other
      const list = new BlockList()
      list.addSubnet(`${network}::`, 64, 'ipv6')
      assert.ok(list.check(one, 'ipv6'))
      assert.equal(countedAddress(second) === countedAddress(one), list.check(second, 'ipv6'))
    }),
  )
})
