// permessage-deflate over real sockets: who has it and who has not, and what cannot be done with it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { constants, deflateRawSync } from 'node:zlib'
import type { WebSocket } from 'ws'
import { joinFrames } from '../../../gateway/protocol/ws-frame.ts'
import { waitFor } from '../../support/wait.ts'
import { handshake, json, open } from './peer.ts'
import { startWorld } from './world.ts'

const compression = { connections: 100, threshold: 100, level: 1 }
const large = { kind: 'goaway', reason: 'again '.repeat(100), reconnectAfterMs: 1 } as const

/** What the server answers to an offer of extensions. */
async function agreed(t: TestContext, port: number, offer: string): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1' })
  t.after(() => socket.destroy())
  socket.write(
    handshake({
      authorization: 'Bearer good',
      'sec-websocket-protocol': json,
      'sec-websocket-extensions': offer,
    }),
  )
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  return /^sec-websocket-extensions: (.*)\r$/im.exec(bytes.toString('latin1'))?.[1]
}

const textsOf = (ws: WebSocket): string[] => {
  const texts: string[] = []
  ws.on('message', (data: Buffer) => texts.push(data.toString()))
  return texts
}

/** Bytes that came over TCP so far. */
const bytesOf = (ws: WebSocket): number =>
  (ws as unknown as { _socket: { bytesRead: number } })._socket.bytesRead

test('nobody has it unless it is switched on', async (t) => {
  const { port } = await startWorld(t)
  assert.equal((await open(t, port, { perMessageDeflate: true })).extensions, '')
})

test('it is agreed without memory from one message to the next, and with a window that is the same for all', async (t) => {
  const { port } = await startWorld(t, { compression })
  const always = 'server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12'
  for (const [offer, params] of [
    ['permessage-deflate', always],
    ['permessage-deflate; client_max_window_bits', always],
    ['permessage-deflate; server_max_window_bits=12; client_max_window_bits=12', always],
    ['permessage-deflate; server_max_window_bits=9, permessage-deflate', always],
    ['permessage-deflate; server_max_window_bits=11', undefined],
    ['x-webkit-deflate-frame', undefined],
  ] as const) {
    const answer = await agreed(t, port, offer)
    const words = (text: string | undefined) =>
      text?.split('; ').filter((word) => !word.startsWith('client_max'))
    assert.deepEqual(
      new Set(words(answer)),
      new Set(words(params && `permessage-deflate; ${params}`)),
      `${offer} is answered ${answer}`,
    )
  }
})

test('one who has it and one who has not get the same, whatever is shared by whom', async (t) => {
  const { port, accepted } = await startWorld(t, { compression })
  const clients = [await open(t, port, { perMessageDeflate: true }), await open(t, port)]
  assert.deepEqual(
    clients.map(({ extensions }) => extensions !== ''),
    [true, false],
  )
  const texts = clients.map(textsOf)
  const before = clients.map(bytesOf)
  const connections = [...accepted.all()]
  assert.equal(new Set(connections.map(({ dialect }) => dialect.name)).size, 2)
  for (const connection of connections) {
    connection.send({ kind: 'pong' })
    connection.send(large)
    // Compressed and plain frames in one write, as those of a channel are.
    const shared = [large, { kind: 'pong' } as const, large].map((frame) => connection.dialect.encode(frame))
    connection.sendFramed(joinFrames(shared.flatMap((encoded) => encoded ?? [])))
  }
  await waitFor(() => texts.every(({ length }) => length === 5))
  assert.deepEqual(texts[0], texts[1])
  const [deflated = 0, plain = 0] = clients.map((ws, n) => bytesOf(ws) - (before[n] ?? 0))
  assert.ok(deflated < plain / 3, `${deflated} bytes in place of ${plain}`)
})

test('what a client compresses is read, in fragments too, beside what it does not', async (t) => {
  const { port } = await startWorld(t, { compression })
  const ws = await open(t, port, { perMessageDeflate: { threshold: 0 } })
  const texts = textsOf(ws)
  ws.send('{"hello":{}}')
  ws.send('{"ping":', { fin: false })
  ws.send('{}}', { fin: true })
  ws.send('{"ping":{}}', { compress: false })
  await waitFor(() => texts.length === 3)
})

/** One masked client frame that says it is compressed; the mask is zero. */
function compressed(bytes: Buffer): Buffer {
  const head = Buffer.from([0xc1, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  head.writeUInt32BE(bytes.length, 6)
  return Buffer.concat([head, bytes])
}

const deflated = (bytes: Buffer): Buffer =>
  deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)

for (const [what, extensions, bytes, code] of [
  // 60 MiB in less than the limit of one message.
  [
    'a message that inflates a thousandfold',
    'permessage-deflate',
    deflated(Buffer.alloc(60 * 1_024 ** 2, 'a')),
    1009,
  ],
  [
    'a message that inflates to one byte more than is allowed',
    'permessage-deflate',
    deflated(Buffer.alloc(65_537, 'a')),
    1009,
  ],
  ['what is no compressed data', 'permessage-deflate', Buffer.from('ffffffff', 'hex'), 1007],
  ['a compressed message where that was not agreed to', undefined, deflated(Buffer.from('{}')), 1002],
] as const)
  test(`${what} ends its connection with ${code}, and no other`, async (t) => {
    const { port } = await startWorld(t, { compression, frame: 65_536 })
    const other = await open(t, port, { perMessageDeflate: true })
    const socket = connect({ port, host: '127.0.0.1' })
    t.after(() => socket.destroy())
    const headers = { authorization: 'Bearer good', 'sec-websocket-protocol': json }
    socket.write(handshake({ ...headers, 'sec-websocket-extensions': extensions }))
    await once(socket, 'data')
    const memory = process.memoryUsage().rss
    assert.ok(bytes.length <= 65_536)
    socket.write(compressed(bytes))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    assert.deepEqual([answer[0], answer.readUInt16BE(2)], [0x88, code])
    // Nowhere near what all of it would have taken.
    assert.ok(process.memoryUsage().rss - memory < 30 * 1_024 ** 2)
    other.send('{"hello":{}}')
    await once(other, 'message')
  })

test('a message that inflates to just what is allowed is taken', async (t) => {
  const { port } = await startWorld(t, { compression, frame: 65_536 })
  const ws = await open(t, port, { perMessageDeflate: { threshold: 0 } })
  ws.send(`{"hello":{}${' '.repeat(65_536 - 12)}}`)
  await once(ws, 'message')
})

test('so many connections have it at a time, the others go without, until one is gone', async (t) => {
  const { port, capacity } = await startWorld(t, { compression: { ...compression, connections: 2 } })
  const has = async () => {
    const ws = await open(t, port, { perMessageDeflate: true })
    return { ws, is: ws.extensions !== '' }
  }
  const all = [await has(), await has(), await has()]
  assert.deepEqual(
    all.map(({ is }) => is),
    [true, true, false],
  )
  all[0]?.ws.terminate()
  await waitFor(() => capacity.connections === 2)
  assert.equal((await has()).is, true)
  assert.equal((await has()).is, false)
})
