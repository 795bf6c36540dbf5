// Frames that break a rule: each connection gets its code, and the others do not notice.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { handshake, json, open } from './peer.ts'
import { startWorld } from './world.ts'

/** One client frame: final or not, masked with zeros or not. */
function frame(opcode: number, payload: Buffer | string, { fin = true, masked = true } = {}): Buffer {
  const bytes = Buffer.from(payload)
  const length =
    bytes.length < 126
      ? Buffer.from([bytes.length])
      : Buffer.from([126, bytes.length >> 8, bytes.length & 255])
  if (masked) length[0] = (length[0] ?? 0) | 0x80
  return Buffer.concat([
    Buffer.from([(fin ? 0x80 : 0) | opcode]),
    length,
    Buffer.alloc(masked ? 4 : 0),
    bytes,
  ])
}

const [continuation, text, binary, close, ping] = [0, 1, 2, 8, 9] as const

for (const [what, frames, code] of [
  ['a message over the limit', [frame(text, 'x'.repeat(1_025))], 1009],
  [
    'fragments over the limit together',
    Array.from({ length: 5 }, (_, n) =>
      frame(n === 0 ? text : continuation, 'x'.repeat(300), { fin: false }),
    ),
    1009,
  ],
  [
    'too many fragments',
    Array.from({ length: 20 }, (_, n) => frame(n === 0 ? text : continuation, 'x', { fin: false })),
    1008,
  ],
  [
    'too many empty fragments',
    Array.from({ length: 20 }, (_, n) => frame(n === 0 ? text : continuation, '', { fin: false })),
    1008,
  ],
  ['text that is not UTF-8', [frame(text, Buffer.from([0xc3, 0x28]))], 1007],
  ['a frame without a mask', [frame(text, '{}', { masked: false })], 1002],
  ['a reserved opcode', [frame(3, '')], 1002],
  ['a continuation of nothing', [frame(continuation, 'x')], 1002],
  ['a ping in pieces', [frame(ping, 'x', { fin: false })], 1002],
  ['a long ping', [frame(ping, 'x'.repeat(126))], 1002],
  ['a close with half a code', [frame(close, Buffer.from([3]))], 1002],
  ['a close with a code that is none', [frame(close, Buffer.from([0x03, 0xee]))], 1002],
  ['binary on a text subprotocol', [frame(binary, '{"hello":{}}')], 4400],
  ['no hello first', [frame(text, '{"ping":{}}')], 4400],
] as const) {
  test(`${what}: ${code}`, async (t) => {
    const { port, capacity } = await startWorld(t)
    const other = await open(t, port)
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    const got: Buffer[] = []
    socket.on('data', (bytes) => got.push(bytes))
    socket.on('error', () => undefined)
    socket.write(handshake({ 'sec-websocket-protocol': json }))
    await waitFor(() => Buffer.concat(got).includes('\r\n\r\n'))
    for (const each of frames) socket.write(each)
    const closeFrame = await waitFor(() => {
      const bytes = Buffer.concat(got)
      const at = bytes.indexOf('\r\n\r\n') + 4
      return bytes.length >= at + 4 && bytes.subarray(at)
    })
    assert.equal(closeFrame[0], 0x88)
    assert.equal(closeFrame.readUInt16BE(2), code)
    socket.end()
    await waitFor(() => capacity.connections === 1)
    other.send('{"hello":{}}')
    const [pong] = (await once(other, 'message')) as [Buffer]
    assert.equal(pong.toString(), '{"pong":{}}')
  })
}

test('a message in pieces within the limits is one message', async (t) => {
  const { port } = await startWorld(t)
  const ws = await open(t, port)
  for (const piece of ['{"he', '', 'llo":{', '}']) ws.send(piece, { fin: false })
  ws.send('}', { fin: true })
  const [pong] = (await once(ws, 'message')) as [Buffer]
  assert.equal(pong.toString(), '{"pong":{}}')
})

test('a raw connection is told by its code what was wrong with its message', async (t) => {
  const { port, publisher } = await startWorld(t)
  publisher.full = true
  const ws = await open(t, port, { path: '/raw', protocols: [] })
  ws.send('hi')
  assert.deepEqual(await ws.ended, { code: 1013, reason: 'broker-unavailable' })
})

test('the codes with which connections end are counted, those that clients make up as one', async (t) => {
  const { port, capacity, events } = await startWorld(t)
  for (const code of [1000, 3_001, 3_002, 4_999]) (await open(t, port)).close(code)
  await waitFor(() => capacity.connections === 0)
  assert.deepEqual([await events.count('closed', '1000'), await events.count('closed', 'other')], [1, 3])
})

test('a client that floods pings and reads nothing is dropped, its answers not kept', async (t) => {
  const { port, capacity } = await startWorld(t)
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  socket.write(handshake({ 'sec-websocket-protocol': json }))
  await once(socket, 'data')
  socket.pause()
  const flood = Buffer.concat(Array.from({ length: 5_000 }, () => frame(ping, 'x'.repeat(100))))
  const feed = (): void => {
    while (!socket.destroyed && socket.write(flood));
  }
  socket.on('drain', feed)
  feed()
  await waitFor(() => capacity.connections === 0)
})
