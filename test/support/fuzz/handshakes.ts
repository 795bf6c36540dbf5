// Handshakes of hostile clients, as the bytes they send: some nearly right, some not HTTP at all.
import fc from 'fast-check'
import { bytes, nastyText } from './texts.ts'

const path = fc.oneof(
  fc.constantFrom(
    '/',
    '/echo',
    '/echo?a=b',
    '/tickets',
    '*',
    '//evil',
    '/%2e%2e/',
    'http://a/',
    '/?ticket=x&ticket=y',
    '/?api_key=oc_a_b',
  ),
  nastyText.map((text) => `/${text}`),
)

const value = fc.oneof(
  nastyText,
  fc.constantFrom(
    'Bearer',
    'Bearer a.b.c',
    'Bearer eyJhbGciOiJub25lIn0.e30.',
    'Basic YTpi',
    'oc_abc_def',
    'websocket',
    'upgrade',
    '13',
    '12',
    'null',
    'https://app.example.com',
    'openclaw.v1.json',
    'openclaw.v1.json, openclaw.bearer.a.b.c',
    'openclaw.v1.raw, openclaw.bearer64.!!',
    'permessage-deflate; server_max_window_bits=99',
    'permessage-deflate; client_max_window_bits; client_max_window_bits',
  ),
)

const name = fc.constantFrom(
  'Authorization',
  'X-API-Key',
  'Cookie',
  'Origin',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Extensions',
  'Sec-WebSocket-Version',
  'Sec-WebSocket-Key',
  'X-Forwarded-For',
  'Forwarded',
  'Connection',
  'Upgrade',
  'Content-Length',
  'Transfer-Encoding',
  'Host',
  'Expect',
)

const right: readonly (readonly [string, string])[] = [
  ['Host', 'localhost'],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
]

/** Most have what a handshake needs, so that the decisions behind the parser are reached. */
const nearly = fc
  .tuple(
    fc.constantFrom('GET', 'GET', 'GET', 'POST', 'OPTIONS', 'BREW'),
    path,
    fc.array(fc.tuple(name, value), { maxLength: 5 }),
    fc.array(fc.nat(right.length - 1), { maxLength: 1 }),
  )
  .map(([method, target, extra, left]) => {
    const lines = [...right.filter((_, n) => !left.includes(n)), ...extra].map(
      ([key, one]) => `${key}: ${one}`,
    )
    return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  })

export const handshakes: fc.Arbitrary<Buffer> = fc.oneof(
  { arbitrary: nearly, weight: 8 },
  { arbitrary: bytes(200), weight: 1 },
  {
    arbitrary: fc.nat(20_000).map((n) => Buffer.from(`GET / HTTP/1.1\r\nX-Long: ${'y'.repeat(n)}\r\n\r\n`)),
    weight: 1,
  },
)
