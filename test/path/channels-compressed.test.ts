// Compression through a whole gateway: what is shared reaches those who agreed to it and those who did not, and is the same.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connect, type Frame, type TestClient } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const settings = {
  compression: { enabled: true, threshold: '200B' },
  channels: { 'room:{room}': { subscribe: true } },
}

type Hello = Readonly<Record<string, unknown>>

/** A client that has said hello, with compression or without. */
async function greeted(
  t: TestContext,
  port: number,
  user: string,
  perMessageDeflate: boolean,
  hello: Hello = {},
) {
  const client = await connect(t, port, { perMessageDeflate })
  assert.equal(client.ws.extensions, perMessageDeflate ? 'permessage-deflate' : '')
  client.send({ hello: { token: await tokenFor(user), ...hello } })
  return Object.assign(client, { welcome: await client.next('welcome') })
}

const messages = (client: TestClient): Frame[] => client.frames.filter(({ kind }) => kind === 'message')

const bytesOf = ({ ws }: TestClient): number =>
  (ws as unknown as { _socket: { bytesRead: number } })._socket.bytesRead

test('a channel and deliveries, with compression and without', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster, settings)
  const deflated = await greeted(t, node.port, 'alice', true)
  const plain = await greeted(t, node.port, 'bob', false)
  const clients = [deflated, plain]
  for (const client of clients) {
    client.send({ subscribe: { id: 's', channel: 'room:1' } })
    await client.next('subscribed')
  }
  const before = clients.map(bytesOf)
  // Large and small ones in one batch: compressed frames and plain ones are one write.
  const sent = Array.from({ length: 40 }, (_, n) => ({
    n,
    fill: 'words and words '.repeat(n % 2 === 0 ? 60 : 0),
  }))
  const headers = { ce_to: 'channel:room:1' }
  await cluster.kafka.send(
    `${cluster.name}.channels`,
    sent.map((value) => ({ value: JSON.stringify(value), headers })),
  )
  await waitFor(() => clients.every((client) => messages(client).length === sent.length))
  for (const client of clients)
    assert.deepEqual(
      messages(client).map(({ payload }) => payload),
      sent,
    )
  assert.deepEqual(deflated.texts.slice(2), plain.texts.slice(2))
  const [small = 0, large = 0] = clients.map((client, n) => bytesOf(client) - (before[n] ?? 0))
  assert.ok(small < large / 2, `${small} bytes in place of ${large}`)

  await t.test('what is for everyone is encoded for each kind of them', async () => {
    const value = JSON.stringify({ all: 'everyone '.repeat(100) })
    await cluster.kafka.send(cluster.topics.dispatch, [{ value, headers: { ce_to: 'everyone' } }])
    for (const client of clients) {
      const { payload } = await client.next('message', ({ channel }) => channel === undefined)
      assert.equal(JSON.stringify(payload), value)
    }
  })

  await t.test('a session that comes back without compression is shown what it missed', async () => {
    const position = String(messages(deflated)[9]?.['position'])
    const { resumeToken: token, position: at } = deflated.welcome
    deflated.ws.terminate()
    const resume = { token, attempt: 1, position: at, channels: { 'room:1': position } }
    const back = await greeted(t, node.port, 'alice', false, { resume })
    assert.equal((await back.next('subscribed'))['recovered'], true)
    const inRoom = () => messages(back).filter(({ channel }) => channel === 'room:1')
    await waitFor(() => inRoom().length === 30)
    assert.deepEqual(
      inRoom().map(({ payload }) => payload),
      sent.slice(10),
    )
  })

  await t.test('what a client sends compressed is published as it was', async () => {
    const client = await connect(t, node.port, { perMessageDeflate: { threshold: 0 } })
    client.send({ hello: { token: await tokenFor('carol') } })
    await client.next('welcome')
    const payload = { text: 'up and up '.repeat(200) }
    client.send({ publish: { id: 'p', route: 'echo', payload } })
    await client.next('ack')
    const records = await cluster.kafka.read(cluster.echo)
    const { text } = await waitFor(() => records[0])
    assert.deepEqual(JSON.parse(text), payload)
  })
})
