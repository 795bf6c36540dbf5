// Addresses and ranges: what is one, and what is in it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cidr, toBlockList } from '../../../gateway/config/cidr.ts'

test('addresses and ranges of both kinds are taken', () => {
  for (const text of ['10.0.0.0/8', '192.0.2.7', '::1', 'fd00::/8', '0.0.0.0/0'])
    assert.ok(cidr.safeParse(text).success, text)
})

test('anything else is refused with what to write', () => {
  for (const text of [
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '::/129',
    '10.0.0/8',
    'fe80::1%eth0',
    '1/2/3',
  ])
    assert.match(cidr.safeParse(text).error?.issues[0]?.message ?? '', /such as 10\.0\.0\.0\/8/, text)
})

test('a list knows what is in one of its ranges', () => {
  const list = toBlockList(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'])
  assert.deepEqual(
    ['10.1.2.3', '11.1.2.3', '192.0.2.7', '192.0.2.8'].map((address) => list.check(address)),
    [true, false, true, false],
  )
  assert.deepEqual([list.check('2001:db8::9', 'ipv6'), list.check('2001:db9::9', 'ipv6')], [true, false])
})
