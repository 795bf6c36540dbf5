// Strangers who only take up places: slow heads, slow bodies, half handshakes. Each has a cap and a deadline, and others get in meanwhile.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'
import { closeOf, frameOf, handshakeText, opcodes, statusOf, type Wire, wireTo } from '../support/wire.ts'

const [connections, strangers, deadlineMs] = [30, 10, 2_500]
const json = { 'sec-websocket-protocol': 'openclaw.v1.json' }

/** Sends a byte of `text` on each now and then, for as long as they live. */
function drip(t: TestContext, wires: readonly Wire[], text: string): void {
  let at = 0
  const timer = setInterval(() => {
    const byte = text[at++ % text.length] ?? ''
    for (const wire of wires) wire.write(byte)
  }, 100)
  t.after(() => clearInterval(timer))
}

const open = (t: TestContext, port: number, count: number, bytes: string): Wire[] =>
  Array.from({ length: count }, () => wireTo(t, port, bytes))

test('strangers who take their time', async (t) => {
  const cluster = await testCluster(t, { slots: 1, overrides: { auth: { tickets: { enabled: true } } } })
  const node = await startProcess(t, cluster, {
    listen: {
      host: '127.0.0.1',
      port: 0,
      maxConnections: connections,
      maxUnauthenticated: strangers,
      handshakeTimeout: deadlineMs,
    },
    auth: { helloTimeout: deadlineMs },
    // All of the test come from one address, and some of them time and again.
    limits: { rates: { address: { newConnections: 'unlimited' } } },
  })
  const token = await tokenFor('alice')
  const calm = await welcomed(t, node.port, token)
  const unauthenticated = async (): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${node.adminPort}/metrics`)).text()
    return Number(/^openclaw_\w*unauthenticated\w* (\d+)/m.exec(text)?.[1])
  }
  /** In spite of all the others somebody with a token gets in, trying as clients do. */
  const othersGetIn = () =>
    waitFor(
      async () => {
        const client = await welcomed(t, node.port, token)
        client.close()
        return true
      },
      { timeoutMs: 20_000, everyMs: 200 },
    )

  const slow: readonly [what: string, start: string, then: string, most: number][] = [
    ['heads byte by byte', 'GET / HTTP/1.1\r\nhost: a\r\nx: ', 'a', 0],
    ['nothing at all', '', '', 0],
    ['a header a time', 'GET / HTTP/1.1\r\nhost: a\r\n', 'a: b\r\n', 0],
    ['bodies byte by byte', 'POST /tickets HTTP/1.1\r\nhost: a\r\ncontent-length: 9000\r\n\r\n', 'a', 0],
    [
      'bodies in small chunks',
      'POST /tickets HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n',
      '1\r\na\r\n',
      0,
    ],
    ['half handshakes', handshakeText(json), '', strangers],
    ['a hello that never ends', `${handshakeText(json)}\u0001\u0080\u0000\u0000\u0000\u0000`, '', strangers],
  ]
  for (const [what, start, then, most] of slow) {
    await t.test(what, async (t) => {
      const wires = open(t, node.port, connections + strangers, start)
      if (then !== '') drip(t, wires, then)
      await othersGetIn()
      assert.ok((await unauthenticated()) <= most)
      calm.send({ ping: {} })
      await calm.next('pong')
      // Whoever was not sent away before is gone with the deadline.
      for (const { ended } of wires) {
        const { text, ms } = await ended
        assert.ok(ms < deadlineMs + 8_000, `lived for ${ms} ms`)
        assert.ok([0, 101, 400, 408, 503].includes(statusOf(text)), text)
        assert.ok([undefined, 1013, 4401].includes(closeOf(text)?.code), text)
      }
    })
  }
  await t.test('bad tokens whose senders never hang up', async (t) => {
    const hello = Buffer.concat([
      Buffer.from(handshakeText(json)),
      frameOf(opcodes.text, '{"hello":{"token":"a.b.c"}}'),
    ])
    const wires = Array.from({ length: 3 * strangers }, () => wireTo(t, node.port, hello))
    await othersGetIn()
    await Promise.all(wires.map(({ ended }) => ended))
  })
  await t.test('many requests on one connection, and then none', async (t) => {
    const ask = 'GET /echo HTTP/1.1\r\nhost: a\r\n\r\n'
    const wires = open(t, node.port, connections + strangers, ask.repeat(20))
    await othersGetIn()
    for (const { ended } of wires) assert.ok((await ended).ms < 5_000 + 8_000)
  })
  await t.test('answers that nobody reads', async (t) => {
    const asks = 'GET /echo HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(2_000)
    const wires = open(t, node.port, 5, '')
    const floods = wires.map(async ({ socket }) => {
      socket.pause()
      while (!socket.destroyed && socket.writableLength < 4 * asks.length) {
        socket.write(asks)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
    await Promise.all(floods)
    await othersGetIn()
    // A socket that is not read does not see its end; one that writes does.
    const ends = wires.map(({ socket, ended }) => {
      const timer = setInterval(() => socket.write('x'), 200)
      return ended.finally(() => clearInterval(timer))
    })
    for (const end of ends) assert.ok((await end).ms < 2 * deadlineMs + 20_000)
  })
  await t.test('afterwards all places are free', async () => {
    await waitFor(async () => (await unauthenticated()) === 0, { timeoutMs: 20_000 })
    calm.send({ publish: { id: '1', route: 'echo', payload: 1 } })
    await calm.next('ack')
    process.kill(node.pid, 0)
  })
})
