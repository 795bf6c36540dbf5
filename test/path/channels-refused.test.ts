// Who may not: channels that are not there, rules that say no or fail, limits, and other tenants.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TestClient, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const settings = {
  auth: { anonymous: true },
  limits: { subscriptions: 3, channelName: 20 },
  channels: {
    'room:{room}': {
      subscribe: 'room in principal.claims.rooms',
      publish: "room in principal.claims.rooms && 'writer' in principal.roles",
    },
    'news:{topic}': { subscribe: true },
    'open:{topic}': { subscribe: true, publish: true, anonymous: true },
    'closed:{x}': {},
  },
}

let asked = 0

/** What a frame about a channel is answered with: the refusal's code, or the kind of the answer. */
async function answer(
  client: TestClient,
  kind: string,
  channel: string,
  more: object = {},
): Promise<unknown> {
  const id = `q${asked++}`
  client.send({ [kind]: { id, channel, ...(kind === 'publish' ? { payload: 1 } : {}), ...more } })
  const found = await waitFor(() => client.frames.find((frame) => frame['id'] === id))
  client.frames.splice(client.frames.indexOf(found), 1)
  return found['code'] ?? found.kind
}

const token = (user: string, claims: Record<string, unknown> = {}) => tokenFor(user, { claims })

test('a channel takes whom its rule takes, and says no to the others without ending their connection', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster, settings)
  const writer = await welcomed(t, node.port, await token('w', { rooms: ['blue'], roles: ['writer'] }))
  const reader = await welcomed(t, node.port, await token('r', { rooms: ['blue'] }))
  const nobody = await welcomed(t, node.port, await token('n'))
  const stranger = await welcomed(t, node.port, undefined as never)

  for (const [client, kind, channel, expected] of [
    [reader, 'subscribe', 'room:blue', 'subscribed'],
    [writer, 'subscribe', 'room:blue', 'subscribed'],
    [writer, 'publish', 'room:blue', 'ack'],
    [writer, 'publish', 'room:red', 'forbidden'],
    [reader, 'publish', 'room:blue', 'forbidden'],
    [reader, 'subscribe', 'room:red', 'forbidden'],
    // A claim that is not there makes the rule fail, and a failure is a no.
    [nobody, 'subscribe', 'room:blue', 'forbidden'],
    [nobody, 'publish', 'room:blue', 'forbidden'],
    [nobody, 'subscribe', 'news:x', 'subscribed'],
    [nobody, 'publish', 'news:x', 'forbidden'],
    [nobody, 'subscribe', 'closed:x', 'forbidden'],
    [nobody, 'subscribe', 'elsewhere', 'unknown-channel'],
    [nobody, 'publish', 'elsewhere', 'unknown-channel'],
    [nobody, 'members', 'elsewhere', 'unknown-channel'],
    [nobody, 'subscribe', 'room:blue:seat', 'unknown-channel'],
    [nobody, 'subscribe', 'room:a\u0000b', 'invalid-frame'],
    [nobody, 'subscribe', 'news:123456789012345', 'subscribed'],
    [nobody, 'subscribe', 'news:1234567890123456', 'invalid-frame'],
    [nobody, 'publish', 'open:x ', 'invalid-frame'],
    [stranger, 'subscribe', 'news:x', 'forbidden'],
    [stranger, 'subscribe', 'open:x', 'subscribed'],
    [stranger, 'publish', 'open:x', 'ack'],
  ] as const) {
    const what = `${kind} ${JSON.stringify(channel)}`
    await t.test(`${what}: ${expected}`, async () =>
      assert.equal(await answer(client, kind, channel), expected),
    )
  }

  await t.test('a refused publish is nowhere, and what was acked is', async () => {
    const records = await cluster.kafka.read(`${cluster.name}.channels`)
    await waitFor(() => records.length >= 2)
    assert.deepEqual(
      records.map(({ headers }) => [headers['ce_to'], headers['ce_subject']]),
      [
        ['channel:room:blue', 'w'],
        ['channel:open:x', undefined],
      ],
    )
    assert.equal((await reader.next('message'))['sender'], 'w')
  })

  await t.test('so many subscriptions and no more, until one is given up', async () => {
    const one = await welcomed(t, node.port, await token('many'))
    for (const n of [1, 2, 3]) assert.equal(await answer(one, 'subscribe', `news:${n}`), 'subscribed')
    assert.equal(await answer(one, 'subscribe', 'news:4'), 'forbidden')
    assert.equal(await answer(one, 'subscribe', 'news:3'), 'subscribed')
    assert.equal(await answer(one, 'unsubscribe', 'news:1'), 'unsubscribed')
    assert.equal(await answer(one, 'subscribe', 'news:4'), 'subscribed')
  })

  await t.test('failures of rules and subscriptions are counted', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${node.adminPort}/metrics`)).text()
    const value = (name: string) =>
      Number(
        metrics
          .split('\n')
          .find((line) => line.startsWith(name))
          ?.split(' ')
          .at(-1),
      )
    assert.equal(value('openclaw_rule_failures_total{setting="channels.room:{room}.subscribe"}'), 1)
    assert.equal(value('openclaw_subscriptions '), 8)
  })
})

test('a channel of one tenant is not that of another, whatever its name', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster, settings)
  const clients = new Map<string, TestClient>()
  for (const tenant of ['', 'acme', 'evil']) {
    const client = await welcomed(t, node.port, await token('alice', tenant === '' ? {} : { tenant }))
    assert.equal(await answer(client, 'subscribe', 'open:x'), 'subscribed')
    clients.set(tenant, client)
  }
  for (const [tenant, client] of clients)
    client.send({ publish: { channel: 'open:x', payload: `of ${tenant}` } })
  await cluster.kafka.send(
    `${cluster.name}.channels`,
    ['', 'acme', 'evil'].map((tenant) => ({
      value: JSON.stringify(`last of ${tenant}`),
      headers: { ce_to: 'channel:open:x', ...(tenant === '' ? {} : { ce_tenant: tenant }) },
    })),
  )
  for (const [tenant, client] of clients) {
    const heard = () => client.frames.filter(({ kind }) => kind === 'message').map(({ payload }) => payload)
    await waitFor(() => heard().length >= 2)
    assert.equal(heard().length, 2)
    assert.deepEqual(new Set(heard()), new Set([`last of ${tenant}`, `of ${tenant}`]))
  }
})
