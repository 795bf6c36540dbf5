// Frames as a real client sees them: every size whose head differs, in order with what ws itself writes, and what is told of them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket as NetSocket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { joinFrames } from '../../../gateway/protocol/ws-frame.ts'
import { Flush } from '../../../gateway/server/flush.ts'
import { createWsSocket } from '../../../gateway/server/ws-socket.ts'

const KiB = 1024

async function pair(t: TestContext) {
  const server = createServer()
  const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const accepted = Promise.withResolvers<{ ws: WebSocket; stream: NetSocket }>()
  server.on('upgrade', (request, stream, head) =>
    wss.handleUpgrade(request, stream, head, (ws) => accepted.resolve({ ws, stream: stream as NetSocket })),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  t.after(() => {
    client.terminate()
    server.close().closeAllConnections()
  })
  const { ws, stream } = await accepted.promise
  await once(client, 'open')
  return { client, ws, stream, socket: createWsSocket(ws, stream, new Flush()) }
}

test('messages of every size arrive whole and in order, text as text and bytes as bytes', async (t) => {
  const { client, socket } = await pair(t)
  const sizes = [0, 1, 125, 126, 16 * KiB, 16 * KiB + 1, 65_535, 65_536, 300 * KiB]
  const sent = sizes.flatMap((size) => [
    { bytes: Buffer.alloc(size, 'a'), binary: false },
    { bytes: Buffer.alloc(size, 7), binary: true },
  ])
  const got: [number, boolean][] = []
  const all = Promise.withResolvers<void>()
  client.on('message', (data: Buffer, binary) => {
    assert.ok(data.every((byte) => byte === (binary ? 7 : 0x61)))
    got.push([data.length, binary])
    if (got.length === sent.length) all.resolve()
  })
  let written = 0
  for (const message of sent) {
    socket.send(message, (ok) => {
      assert.ok(ok)
      written++
    })
  }
  await all.promise
  assert.deepEqual(
    got,
    sent.map(({ bytes, binary }) => [bytes.length, binary]),
  )
  assert.equal(written, sent.length)
  assert.equal(socket.bufferedBytes, 0)
})

test('what was sent before a ping or a close goes out before it', async (t) => {
  const { client, socket } = await pair(t)
  const seen: string[] = []
  client.on('message', (data: Buffer) => seen.push(data.toString()))
  client.on('ping', () => seen.push('ping'))
  socket.send({ bytes: Buffer.from('one'), binary: false })
  socket.ping()
  socket.send({ bytes: Buffer.from('two'), binary: false })
  socket.close(4400, 'over')
  const [code, reason] = (await once(client, 'close')) as [number, Buffer]
  assert.deepEqual([...seen, code, reason.toString()], ['one', 'ping', 'two', 4400, 'over'])
})

test('after a close nothing more goes out, and the sender is told so, later', async (t) => {
  const { client, socket } = await pair(t)
  const seen: string[] = []
  client.on('message', (data: Buffer) => seen.push(data.toString()))
  socket.close(1000, '')
  const told = Promise.withResolvers<boolean>()
  let within = true
  socket.send({ bytes: Buffer.from('late'), binary: false }, (ok) => told.resolve(ok || within))
  within = false
  assert.equal(await told.promise, false)
  await once(client, 'close')
  assert.deepEqual(seen, [])
})

test('a message that the kernel never takes is told as not written', async (t) => {
  const { client, socket } = await pair(t)
  client.pause()
  const outcomes: boolean[] = []
  const told = Promise.withResolvers<void>()
  const large = { bytes: Buffer.alloc(16 * KiB * KiB), binary: true }
  socket.send(large, (ok) => {
    outcomes.push(ok)
    told.resolve()
  })
  assert.ok(socket.bufferedBytes >= large.bytes.length)
  socket.terminate()
  await told.promise
  assert.deepEqual(outcomes, [false])
})

test('frames made for many arrive in order with those made here, however many there are in one turn', async (t) => {
  const { client, socket } = await pair(t)
  const seen: string[] = []
  const expected: string[] = []
  client.on('message', (data: Buffer) => seen.push(data.toString()))
  let n = 0
  const next = () => {
    const message = { bytes: Buffer.from(`${n++}`), binary: false }
    expected.push(message.bytes.toString())
    return message
  }
  for (const turn of ['f', 'ff', 'fs', 'sf', 'fsff', 'sfsf']) {
    for (const how of turn) {
      if (how === 's') socket.send(next())
      else socket.sendFramed(joinFrames([next(), next()]))
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  socket.close(1000, '')
  await once(client, 'close')
  assert.deepEqual(seen, expected)
  socket.sendFramed(joinFrames([next()]))
})
