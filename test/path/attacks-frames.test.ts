// Frames that break the rules of WebSocket, at a whole gateway with compression on: each ends its own connection with the code for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { connect, welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'
import { closeOf, type FrameOptions, frameOf, handshakeText, opcodes, wireTo } from '../support/wire.ts'

const { continuation, text, binary, close, ping, pong } = opcodes
const mebi = 1024 ** 2
const compressed: FrameOptions = { reserved: 4 }

/** As permessage-deflate has it, without the four bytes that every message would end with. */
const deflated = (bytes: Buffer | string): Buffer => {
  const all = deflateRawSync(bytes, { finishFlush: 2 })
  return all.subarray(0, all.length - 4)
}
const bomb = deflated(Buffer.alloc(50 * mebi, 'a'))
const notUtf8 = Buffer.from([0xc3, 0x28])
const many = (count: number, each: Buffer): Buffer => Buffer.concat(Array.from({ length: count }, () => each))
const closing = (code: number, reason: Buffer | string = ''): Buffer => {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return frameOf(close, Buffer.concat([head, Buffer.from(reason)]))
}
const begun = frameOf(text, '{"publish":', { fin: false })

/** A close code of 0 is an end without one. */
const cases: readonly (readonly [what: string, bytes: Buffer, code: number | readonly number[]])[] = [
  ['no mask', frameOf(text, '{"ping":{}}', { masked: false }), 1002],
  ['a control frame without a mask', frameOf(ping, '', { masked: false }), 1002],
  ['reserved bit 2', frameOf(text, '{"ping":{}}', { reserved: 2 }), 1002],
  ['reserved bit 3', frameOf(text, '{"ping":{}}', { reserved: 1 }), 1002],
  ['all reserved bits', frameOf(text, '{"ping":{}}', { reserved: 7 }), 1002],
  ['a compressed ping', frameOf(ping, '', compressed), 1002],
  ['a compressed continuation', Buffer.concat([begun, frameOf(continuation, '}', compressed)]), 1002],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode) => [`reserved opcode ${opcode}`, frameOf(opcode, ''), 1002] as const,
  ),
  ['a ping in fragments', frameOf(ping, 'x', { fin: false }), 1002],
  ['a close in fragments', frameOf(close, '', { fin: false }), 1002],
  ['a ping of 126 bytes', frameOf(ping, 'x'.repeat(126)), 1002],
  ['a pong of 64 KiB', frameOf(pong, 'x'.repeat(65_536)), 1002],
  ['a close with a reason of 124 bytes', closing(1000, 'x'.repeat(124)), 1002],
  ['a close with one byte', frameOf(close, Buffer.from([3])), 1002],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2_999, 5_000, 65_535].map(
    (code) => [`a close with code ${code}`, closing(code), 1002] as const,
  ),
  ['a close whose reason is not UTF-8', closing(1000, notUtf8), 1007],
  ['text that is not UTF-8', frameOf(text, notUtf8), 1007],
  ['text with half of a pair', frameOf(text, Buffer.from([0xed, 0xa0, 0x80])), 1007],
  ['text in an overlong form', frameOf(text, Buffer.from([0xc0, 0xaf])), 1007],
  ['text that ends within a letter', frameOf(text, Buffer.from([0xf0, 0x9f, 0x98])), 1007],
  [
    'fragments that are not UTF-8 together',
    Buffer.concat([
      frameOf(text, Buffer.from([0xc3]), { fin: false }),
      frameOf(continuation, Buffer.from([0x28])),
    ]),
    1007,
  ],
  ['compressed text that is not UTF-8', frameOf(text, deflated(notUtf8), compressed), 1007],
  ['a continuation of nothing', frameOf(continuation, 'x'), 1002],
  ['a new message within another', Buffer.concat([begun, frameOf(text, '{}')]), 1002],
  ['a binary message within a text', Buffer.concat([begun, frameOf(binary, 'x')]), 1002],
  ['a length just over the limit', frameOf(text, '', { length: 65_537 }), 1009],
  ['a length of 2^53', frameOf(text, '', { length: 2 ** 53 }), 1009],
  [
    'fragments over the limit together',
    Buffer.concat([begun, many(8, frameOf(continuation, 'x'.repeat(10_000), { fin: false }))]),
    1009,
  ],
  [
    'a flood of small fragments',
    Buffer.concat([begun, many(5_000, frameOf(continuation, 'x', { fin: false }))]),
    [1008, 1009],
  ],
  [
    'a flood of empty fragments',
    Buffer.concat([begun, many(100_000, frameOf(continuation, '', { fin: false }))]),
    [1008, 1009],
  ],
  ['a flood of pings', many(20_000, frameOf(ping, 'x'.repeat(125))), 4529],
  ['a flood of pongs', many(20_000, frameOf(pong, '')), 4529],
  [
    'pings between fragments',
    many(
      2_000,
      Buffer.concat([frameOf(text, '{', { fin: false }), frameOf(ping, ''), frameOf(continuation, '}')]),
    ),
    [4529],
  ],
  ['a bomb of 50 MiB', frameOf(text, bomb, compressed), 1009],
  [
    'a bomb in fragments',
    Buffer.concat([
      frameOf(text, bomb.subarray(0, 30_000), { ...compressed, fin: false }),
      frameOf(continuation, bomb.subarray(30_000)),
    ]),
    1009,
  ],
  ['bombs in a row', many(50, frameOf(text, bomb, compressed)), 1009],
  ['compressed bytes that are none', frameOf(text, Buffer.alloc(2_000, 0xff), compressed), 1007],
]

test('frames that break the rules', async (t) => {
  const cluster = await testCluster(t, { slots: 1, overrides: { compression: { enabled: true } } })
  const node = await startProcess(t, cluster)
  const [token, calmToken] = [await tokenFor('mallory'), await tokenFor('calm')]
  const calm = await welcomed(t, node.port, calmToken)
  const hello = frameOf(text, '{"hello":{}}')
  const extensions = 'permessage-deflate; client_no_context_takeover; server_no_context_takeover'

  for (const [what, bytes, codes] of cases) {
    await t.test(what, async () => {
      const wire = wireTo(
        t,
        node.port,
        handshakeText({
          authorization: `Bearer ${token}`,
          'sec-websocket-protocol': 'openclaw.v1.json',
          'sec-websocket-extensions': extensions,
        }),
      )
      await waitFor(() => wire.came().includes('\r\n\r\n'), { timeoutMs: 20_000 })
      assert.match(wire.came(), /permessage-deflate/)
      wire.write(hello)
      await waitFor(() => wire.came().includes('"welcome"') || wire.came().length > 800, {
        timeoutMs: 20_000,
      })
      wire.write(bytes)
      const { text: all } = await wire.ended
      const end = closeOf(all)
      assert.ok([codes].flat().includes(end?.code ?? 0), `${end?.code} ${end?.reason}`)
      assert.ok(Buffer.byteLength(end?.reason ?? '') <= 123)
      assert.doesNotMatch(end?.reason ?? '', /RangeError|WS_ERR|zlib|at \w+ \(|node_modules/)
    })
  }
  await t.test('compressed though it was not agreed', async () => {
    const plain = await connect(t, node.port, { token })
    const socket = (plain.ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket
    socket.write(frameOf(text, deflated('{"hello":{}}'), compressed))
    assert.equal((await plain.closed).code, 1002)
  })
  await t.test('parameters of compression that are none', async () => {
    for (const offered of [
      'permessage-deflate; server_max_window_bits=99',
      'permessage-deflate; x=1',
      'permessage-deflate; client_no_context_takeover; client_no_context_takeover',
      '=',
      `x, ${'permessage-deflate; x, '.repeat(200)}x`,
    ]) {
      const wire = wireTo(
        t,
        node.port,
        handshakeText({ 'sec-websocket-protocol': 'openclaw.v1.json', 'sec-websocket-extensions': offered }),
      )
      const answer = await waitFor(() => wire.came().includes('\r\n\r\n') && wire.came(), {
        timeoutMs: 20_000,
      })
      wire.socket.destroy()
      assert.match(answer, /^HTTP\/1.1 (400|101)/)
      assert.doesNotMatch(answer, /sec-websocket-extensions/i)
    }
  })
  calm.send({ publish: { id: '1', route: 'echo', payload: 1 } })
  await calm.next('ack')
  process.kill(node.pid, 0)
})
