// The main job through a whole gateway: a frame to Kafka with its ack, a reply back, messages by dispatch.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

test('a frame becomes a record and its reply comes back', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const records = await cluster.kafka.read(cluster.echo)
  const client = await welcomed(t, node.port, await tokenFor('alice'))

  await t.test('welcome says what the client needs', () => {
    const { session, resumeToken, position, resumed, recovered, heartbeatMs, expiresAt, limits } =
      client.welcome
    assert.match(String(session), /^[A-Za-z0-9_-]{22}$/)
    assert.equal(typeof resumeToken, 'string')
    assert.equal(typeof position, 'string')
    assert.deepEqual([resumed, recovered, heartbeatMs], [false, true, 25_000])
    assert.ok(Date.parse(String(expiresAt)) > Date.now())
    assert.deepEqual(limits, { maxFrameBytes: 65_536, maxInflight: 1_000, messagesPerSecond: 0 })
  })

  await t.test('an ack names the place in Kafka, and the record is there as it was sent', async () => {
    const payload = '{"b":9007199254740993,"a":1e400,"a":"\\u00e9","list":[1, 2 ,{"payload":"x"}]}'
    client.ws.send(
      `{"publish":{"id":"1","route":"echo","type":"msg","sequence":"7","headers":{"x-app":"t"},"payload":${payload}}}`,
    )
    const ack = await client.next('ack')
    assert.equal(ack['id'], '1')
    assert.equal(ack['topic'], cluster.echo)
    const record = await waitFor(() => records.find((read) => read.headers['ce_id']?.endsWith('/1')))
    assert.deepEqual([record.partition, String(record.offset)], [ack['partition'], ack['offset']])
    assert.equal(record.text, payload)
    assert.equal(record.key, 'alice')
    const { ce_time, ...headers } = record.headers
    assert.ok(Math.abs(Date.parse(String(ce_time)) - Date.now()) < 60_000)
    assert.deepEqual(headers, {
      ce_specversion: '1.0',
      ce_source: `/openclaw/${cluster.name}`,
      ce_id: `${String(client.welcome['session'])}/1`,
      ce_type: 'openclaw.echo.msg',
      ce_subject: 'alice',
      ce_session: client.welcome['session'],
      ce_sequence: '00000000000000000007',
      ce_replyto: headers['ce_replyto'],
      'content-type': 'application/json',
      'x-app': 't',
    })
    assert.match(String(headers['ce_replyto']), new RegExp(`^${cluster.topics.slot}\\d$`))
  })

  await t.test('copying the headers of a request and sending to ce_replyto is a reply', async () => {
    client.send({ request: { id: 'r1', route: 'echo', payload: { ask: 1 } } })
    const record = await waitFor(() => records.find((read) => read.headers['ce_request'] === 'r1'))
    assert.ok(Date.parse(String(record.headers['ce_expirytime'])) > Date.now())
    const { ce_replyto: to = '', ...headers } = record.headers
    await cluster.kafka.send(to, [
      { value: '{"part":1}', headers: { ...headers, ce_more: 'true' } },
      { value: '{"big":123456789012345678901234567890}', headers },
    ])
    const first = await client.next('reply')
    assert.deepEqual([first['id'], first['more'], first['payload']], ['r1', true, { part: 1 }])
    const last = await client.next('reply')
    assert.deepEqual([last['id'], last['more']], ['r1', undefined])
    assert.ok(client.texts.at(-1)?.includes('{"big":123456789012345678901234567890}'))
    assert.equal(client.frames.length, 0)
  })

  await t.test('a backend says that a request failed', async () => {
    client.send({ request: { id: 'r2', route: 'echo', payload: 1 } })
    const { headers } = await waitFor(() => records.find((read) => read.headers['ce_request'] === 'r2'))
    await cluster.kafka.send(String(headers['ce_replyto']), [
      { value: '"no"', headers: { ...headers, ce_error: 'sold-out' } },
    ])
    assert.equal((await client.next('reply'))['error'], 'sold-out')
  })

  await t.test('a request without a reply in time is refused, and the backend is told', async () => {
    client.send({ request: { id: 'r3', route: 'echo', timeoutMs: 200, payload: 1 } })
    const refusal = await client.next('refusal')
    assert.deepEqual([refusal['id'], refusal['code'], refusal['retryable']], ['r3', 'timeout', false])
    const told = await waitFor(() => records.find((read) => read.headers['ce_cancel'] === 'true'))
    assert.deepEqual([told.headers['ce_request'], told.value.length], ['r3', 0])
  })

  await t.test('a repeated id is published once and answered with the same place', async () => {
    const frame = { publish: { id: 'twice', route: 'echo', payload: 'x' } }
    client.send(frame)
    const first = await client.next('ack')
    client.send(frame)
    assert.deepEqual(await client.next('ack'), first)
    client.send({ publish: { id: 'after', route: 'echo', payload: 'y' } })
    await client.next('ack')
    await waitFor(() => records.find((read) => read.headers['ce_id']?.endsWith('/after')))
    assert.equal(records.filter((read) => read.headers['ce_id']?.endsWith('/twice')).length, 1)
  })

  await t.test('ping is answered', async () => {
    client.send({ ping: {} })
    await client.next('pong')
  })
})

test('dispatch reaches users, sessions and everyone of the tenant', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const receipts = await cluster.kafka.read(cluster.topics.receipts)
  const quarantined = await cluster.kafka.read(cluster.topics.quarantine)
  const alice = await welcomed(t, node.port, await tokenFor('alice'))
  const alice2 = await welcomed(t, node.port, await tokenFor('alice'))
  const bob = await welcomed(t, node.port, await tokenFor('bob'))
  const mallory = await welcomed(t, node.port, await tokenFor('alice', { claims: { tenant: 'evil' } }))
  const dispatch = (
    to: string | undefined,
    value: string,
    headers: Record<string, string> = {},
    key?: string,
  ) =>
    cluster.kafka.send(cluster.topics.dispatch, [
      {
        value,
        headers: { ...(to === undefined ? {} : { ce_to: to }), ...headers },
        ...(key === undefined ? {} : { key }),
      },
    ])

  await dispatch('user:alice', '{"hello":1}', { ce_type: 'greeting', 'x-note': 'n' })
  for (const client of [alice, alice2]) {
    const message = await client.next('message')
    assert.deepEqual(
      [message['payload'], message['type'], message['headers']],
      [{ hello: 1 }, 'greeting', { 'x-note': 'n' }],
    )
    assert.equal(message['contentType'], 'application/json')
    assert.ok(Math.abs(Date.parse(String(message['time'])) - Date.now()) < 60_000)
  }
  await dispatch(`user:bob, session:${String(alice.welcome['session'])}`, 'plain text')
  for (const client of [bob, alice]) {
    const message = await client.next('message')
    assert.deepEqual(
      [message['contentType'], message['data']],
      ['text/plain', Buffer.from('plain text').toString('base64')],
    )
  }
  await dispatch('everyone', '"all"', { ce_except: `session:${String(bob.welcome['session'])}` })
  for (const client of [alice, alice2]) assert.equal((await client.next('message'))['payload'], 'all')
  await dispatch(undefined, '"by key"', {}, 'user:bob')
  assert.equal((await bob.next('message'))['payload'], 'by key')
  assert.equal(mallory.frames.length, 0)

  await dispatch('session:AAAAAAAAAAAAAAAAAAAAAA', '1', { ce_id: 'lost', 'x-k': 'v' })
  const lost = await waitFor(() => receipts.find((read) => read.text.includes('"lost"')))
  const receipt = JSON.parse(lost.text) as Record<string, unknown>
  assert.deepEqual(
    [receipt['outcome'], receipt['reason'], receipt['target'], receipt['headers']],
    ['failed', 'no-session', 'session:AAAAAAAAAAAAAAAAAAAAAA', { 'x-k': 'v' }],
  )
  await dispatch('user:alice', '"r"', { ce_receipt: 'written', ce_id: 'kept' })
  await waitFor(() => receipts.filter((read) => read.text.includes('"kept"')).length === 2)
  await dispatch('user:alice', '"late"', {
    ce_expirytime: '2020-01-01T00:00:00Z',
    ce_receipt: 'failed',
    ce_id: 'late',
  })
  await waitFor(() => receipts.find((read) => read.text.includes('deadline-passed')))
  await dispatch('nobody', 'x')
  await waitFor(() => quarantined.find((read) => read.text.includes('ce_to')))
  await dispatch(`session:${String(mallory.welcome['session'])}`, '"crossing"')
  await waitFor(() => receipts.find((read) => read.text.includes('wrong-tenant')))
  assert.equal(mallory.frames.length, 0)
})

test('two nodes deliver to each other’s users, and a record on the wrong slot is sent on', async (t) => {
  const cluster = await testCluster(t)
  const [a, b] = [await startNode(t, cluster), await startNode(t, cluster)]
  const alice = await welcomed(t, a.port, await tokenFor('alice'))
  const bob = await welcomed(t, b.port, await tokenFor('bob'))
  await cluster.kafka.send(
    cluster.topics.dispatch,
    Array.from({ length: 20 }, (_, n) => ({
      key: String(n),
      value: String(n),
      headers: { ce_to: n % 2 ? 'user:alice' : 'user:bob' },
    })),
  )
  for (let n = 0; n < 10; n++) {
    await alice.next('message')
    await bob.next('message')
  }
  const other = String(bob.welcome['position']).split('.')[0]
  await cluster.kafka.send(`${cluster.topics.slot}${other}`, [
    { value: '"on the wrong slot"', headers: { ce_session: String(alice.welcome['session']) } },
  ])
  assert.equal((await alice.next('message'))['payload'], 'on the wrong slot')
})

test('a raw connection needs no envelope', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const records = await cluster.kafka.read(cluster.echo)
  const token = await tokenFor('dev')
  for (const protocols of [[], ['openclaw.v1.raw']]) {
    const client = await connect(t, node.port, { protocols, path: '/echo', token })
    const before = records.length
    client.ws.send('{"n":1}')
    client.ws.send('not json')
    client.ws.send(Buffer.from([0, 255]))
    const sent = await waitFor(() => records.length >= before + 3 && records.slice(before))
    assert.deepEqual(
      sent.map((read) => [read.headers['content-type'], read.value.length]),
      [
        ['application/json', 7],
        ['text/plain', 8],
        ['application/octet-stream', 2],
      ],
    )
    const { headers } = sent[0] ?? assert.fail()
    assert.equal(headers['ce_id'], `${headers['ce_session']}/1`)
    const { ce_replyto: to = '' } = headers
    await cluster.kafka.send(to, [
      { value: '{"r":1}', headers },
      { value: Buffer.from([9, 200]), headers: { ...headers, 'content-type': 'application/x' } },
    ])
    assert.deepEqual([await client.next('raw').then((f) => [f['text'], f['binary']])], [['{"r":1}', false]])
    assert.equal((await client.next('raw'))['binary'], true)
  }
  await assert.rejects(connect(t, node.port, { protocols: [], path: '/echo' }), /HTTP 401/)
  await assert.rejects(connect(t, node.port, { protocols: [], path: '/nowhere', token }), /HTTP 404/)
})
