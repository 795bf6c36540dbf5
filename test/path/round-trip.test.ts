// The main job through a whole gateway: a frame to Kafka with its ack, a reply back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
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
