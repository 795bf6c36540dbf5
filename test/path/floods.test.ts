// Floods of frames that cost their sender next to nothing: it is closed or not read, memory stays, and others go on.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { onEnd } from '../support/cleanup.ts'
import { welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { memoryOf } from '../support/node-health.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

const mostBytesMore = 20 * 1024 ** 2
const floodBytes = 8 * 1024 ** 2
/** More than the buffers of two sockets hold. */
const mostKernelBytes = 64 * 1024 ** 2

/** One masked frame of a client, with the mask 0. */
const frame = (opcode: number, payload = ''): Buffer =>
  Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), Buffer.from(payload)])

/** A WebSocket made by hand: what comes is kept, and read only when asked for. */
async function open(t: TestContext, port: number, path: string, token: string, protocol?: string) {
  const socket = connect(port, '127.0.0.1')
  onEnd(t, () => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const offer = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${offer}` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      `Authorization: Bearer ${token}\r\n\r\n`,
  )
  let seen = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    seen = Buffer.concat([seen, bytes]).subarray(-4_096)
  })
  await waitFor(() => seen.includes('101 Switching'))
  return { socket, seen: () => seen }
}

/** Writes the same frame again and again, as fast as it goes; ends when all is written, stuck, or the socket is gone. */
async function flood(socket: Socket, one: Buffer, bytes = floodBytes): Promise<'written' | 'stuck' | 'gone'> {
  const chunk = Buffer.concat(Array.from({ length: Math.floor(65_536 / one.length) }, () => one))
  for (let sent = 0; sent < bytes; sent += chunk.length) {
    if (socket.destroyed) return 'gone'
    if (socket.write(chunk)) continue
    const going = new AbortController()
    const drained = await Promise.race([
      once(socket, 'drain', { signal: going.signal }).then(
        () => 'drained',
        () => 'drained',
      ),
      once(socket, 'close', { signal: going.signal }).then(
        () => 'gone' as const,
        () => 'gone' as const,
      ),
      new Promise<'stuck'>((resolve) => setTimeout(() => resolve('stuck'), 1_500).unref()),
    ])
    going.abort()
    if (drained !== 'drained') return drained === 'gone' ? 'gone' : 'stuck'
  }
  return 'written'
}

const closeCode = (bytes: Buffer): number => bytes.readUInt16BE(bytes.lastIndexOf(Buffer.from([0x88])) + 2)

test('floods of pings, pongs, empty and broken frames end or wait, and cost no memory', async (t) => {
  const cluster = await testCluster(t)
  const rates = { connection: { messages: '100/s', refusals: '50/m' } }
  const node = await startProcess(t, cluster, { limits: { rates } })
  const token = await tokenFor('mallory')
  const calm = await welcomed(t, node.port, await tokenFor('alice'))
  // What the machine translates and makes room for at the first flood is not what a flood holds.
  const first = await open(t, node.port, '/', token, 'openclaw.v1.json')
  first.socket.write(frame(1, '{"hello":{}}'))
  await waitFor(() => first.seen().includes('welcome'))
  await flood(first.socket, frame(1, '{'))
  await flood((await open(t, node.port, '/echo', token)).socket, frame(9, 'x'))
  await flood((await open(t, node.port, '/echo', token)).socket, frame(1), mostKernelBytes)
  const before = (await memoryOf(node.pid)).now
  const told: Record<string, unknown> = {}
  for (const [what, one] of [
    ['pings', frame(9, 'x')],
    ['pongs', frame(10)],
  ] as const) {
    await t.test(`${what} close with 4529`, async (each) => {
      const { socket, seen } = await open(each, node.port, '/echo', token)
      const ended = await flood(socket, one)
      await waitFor(() => socket.destroyed || socket.readableEnded, { timeoutMs: 20_000 })
      told[what] = [ended, closeCode(seen())]
      assert.equal(closeCode(seen()), 4529)
    })
  }
  await t.test('empty messages of a raw client wait in the kernel', async (each) => {
    const { socket } = await open(each, node.port, '/echo', token)
    told['empty'] = await flood(socket, frame(1), mostKernelBytes)
    assert.equal(told['empty'], 'stuck')
    assert.equal(socket.destroyed, false)
  })
  await t.test('broken frames are refused, and then close with 4529', async (each) => {
    const { socket, seen } = await open(each, node.port, '/', token, 'openclaw.v1.json')
    socket.write(frame(1, '{"hello":{}}'))
    await waitFor(() => seen().includes('welcome'))
    told['broken'] = await flood(socket, frame(1, '{'))
    await waitFor(() => socket.destroyed || socket.readableEnded, { timeoutMs: 20_000 })
    assert.ok(seen().includes('rate-limited'))
    assert.equal(closeCode(seen()), 4529)
  })
  const more = (await memoryOf(node.pid)).now - before
  t.diagnostic(JSON.stringify({ ...told, moreMiB: Math.round(more / 1024 ** 2) }))
  assert.ok(more < mostBytesMore, `${more} bytes`)
  calm.send({ publish: { id: 'calm', route: 'echo', payload: 1 } })
  assert.equal((await calm.next('ack'))['id'], 'calm')
})
