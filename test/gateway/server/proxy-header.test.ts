// PROXY protocol headers, versions 1 and 2: whole ones, pieces of them, and what is none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { longestHeader, readProxyHeader } from '../../../gateway/server/proxy-header.ts'
import { headerV2 } from './proxy-headers.ts'

const line = (text: string) => Buffer.from(`${text}\r\n`)

test('a line says who the client is', () => {
  const four = line('PROXY TCP4 203.0.113.5 192.0.2.1 56324 443')
  assert.deepEqual(readProxyHeader(four), { kind: 'header', length: four.length, address: '203.0.113.5' })
  const six = line('PROXY TCP6 2001:db8::5 2001:db8::1 1 65535')
  assert.deepEqual(readProxyHeader(six), { kind: 'header', length: six.length, address: '2001:db8::5' })
  const unknown = line('PROXY UNKNOWN ffff:f:f nonsense')
  assert.deepEqual(readProxyHeader(unknown), { kind: 'header', length: unknown.length })
})

test('so do bytes, and what follows the addresses is skipped', () => {
  const four = headerV2('203.0.113.5', 7)
  assert.deepEqual(readProxyHeader(four), { kind: 'header', length: four.length, address: '203.0.113.5' })
  const six = headerV2('2001:db8:0:0:0:0:0:5')
  assert.deepEqual(readProxyHeader(six), {
    kind: 'header',
    length: six.length,
    address: '2001:db8:0:0:0:0:0:5',
  })
})

test('a proxy that speaks for itself names nobody', () => {
  const local = headerV2('203.0.113.5')
  local.writeUInt8(0x20, 12)
  assert.deepEqual(readProxyHeader(local), { kind: 'header', length: local.length })
})

for (const [what, bytes] of [
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
  ['TLS', Buffer.from([0x16, 3, 1, 2, 0])],
  ['another family', line('PROXY UDP4 203.0.113.5 192.0.2.1 1 2')],
  ['an address of the other family', line('PROXY TCP4 2001:db8::1 192.0.2.1 1 2')],
  ['a port too many', line('PROXY TCP4 203.0.113.5 192.0.2.1 1 2 3')],
  ['a port that is none', line('PROXY TCP4 203.0.113.5 192.0.2.1 1 65536')],
  ['two blanks', line('PROXY  TCP4 203.0.113.5 192.0.2.1 1 2')],
  ['a line without end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`)],
  [
    'another version',
    Buffer.concat([headerV2('203.0.113.5').subarray(0, 12), Buffer.from([0x31, 0x11, 0, 12])]),
  ],
  ['too long a header', Buffer.concat([headerV2('203.0.113.5').subarray(0, 14), Buffer.from([0xff, 0xff])])],
  [
    'too short for its addresses',
    Buffer.concat([headerV2('203.0.113.5').subarray(0, 14), Buffer.from([0, 2, 1, 1])]),
  ],
] as const) {
  test(`${what} is malformed`, () => {
    assert.equal(readProxyHeader(bytes).kind, 'malformed')
  })
}

const headers = fc.oneof(
  fc.ipV4().map((address) => line(`PROXY TCP4 ${address} 192.0.2.1 1 2`)),
  fc.tuple(fc.ipV4(), fc.nat(500)).map(([address, extras]) => headerV2(address, extras)),
)

test('any piece of a header is incomplete, and what follows it is not touched', () => {
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 50 }), fc.nat(), (header, rest, cut) => {
      assert.equal(readProxyHeader(header.subarray(0, cut % header.length)).kind, 'incomplete')
      const found = readProxyHeader(Buffer.concat([header, rest]))
      assert.ok(found.kind === 'header' && found.length === header.length && found.address !== undefined)
    }),
  )
})

test('no bytes throw, and none are asked for without end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), headers, fc.nat(40), (noise, header, at) => {
      readProxyHeader(Buffer.from(noise))
      const broken = Buffer.from(header)
      broken.set(noise.subarray(0, 4), Math.min(at, broken.length - 4))
      const padded = Buffer.concat([broken, Buffer.alloc(longestHeader)])
      assert.notEqual(readProxyHeader(padded).kind, 'incomplete')
    }),
  )
})
