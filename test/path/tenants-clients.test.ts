// Two tenants with users of the same name, and a client of one that tries every field it controls to reach the other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../support/client.ts'
import { tokenFor } from '../support/keys.ts'
import { answerTo, besides, type Member } from '../support/tenants.ts'
import { waitFor } from '../support/wait.ts'

test('fields of frames cannot speak for another tenant', async (t) => {
  const { victim, evil, cameTo, kafka, echo } = await besides(t)
  const records = await kafka.read(echo)
  assert.equal(await answerTo(evil, { subscribe: { channel: 'room:1' } }), 'subscribed')
  const event = {
    specversion: '1.0',
    id: '1',
    source: 's',
    type: 't',
    tenant: 'acme',
    to: 'everyone',
    data: 1,
  }
  const refused: readonly (readonly [string, object])[] = [
    ['a header of ours', { headers: { ce_tenant: 'acme' } }],
    ['it in capitals', { headers: { CE_TENANT: 'acme' } }],
    ['it behind x-', { headers: { 'x-ce_tenant': 'acme' } }],
    ['it behind a line break', { headers: { 'x-a': 'b\r\nce_tenant: acme' } }],
    ['a type with a line break', { type: 'a\r\nce_tenant: acme' }],
    ['an event in its JSON form', { contentType: 'application/cloudevents+json', payload: event }],
    ['it in capitals', { contentType: 'Application/CloudEvents+JSON', payload: event }],
    ['a batch of events', { contentType: 'application/cloudevents-batch+json', payload: [event] }],
    ['a session’s key with a line break', { key: 'a\nb' }],
  ]
  for (const way of [{ route: 'echo' }, { channel: 'room:1' }])
    for (const [what, fields] of refused)
      await t.test(`refused: ${what}, on ${Object.keys(way).join()}`, async () =>
        assert.equal(await answerTo(evil, { publish: { ...way, payload: 1, ...fields } }), 'invalid-frame'),
      )
  const passed: readonly (readonly [string, object])[] = [
    ['x-tenant', { headers: { 'x-tenant': 'acme', 'x-ce-tenant': 'acme', 'x-openclaw-tenant': 'acme' } }],
    ['a type like that of gateways', { type: 'openclaw.control.member' }],
    ['a key like a target', { key: 'user:alice' }],
    ['a payload like an event', { payload: event }],
    [
      'a content type with events in its parameter',
      { contentType: 'application/json;a=application/cloudevents+json' },
    ],
    [
      'fields of another tenant',
      { tenant: 'acme', ce_tenant: 'acme', ce_to: 'everyone', principal: { tenant: 'acme' } },
    ],
  ]
  for (const [what, fields] of passed)
    await t.test(`taken, and of the own tenant: ${what}`, async () => {
      for (const way of [{ route: 'echo' }, { channel: 'room:1' }])
        assert.equal(await answerTo(evil, { publish: { ...way, payload: 1, ...fields } }), 'ack')
    })
  await t.test('the records say whose they are', async () => {
    await waitFor(() => records.length === passed.length)
    for (const { headers } of records)
      assert.deepEqual(
        [headers['ce_tenant'], headers['ce_subject'], headers['ce_session'], headers['ce_to']],
        ['evil', 'alice', evil.session, undefined],
      )
  })
  await t.test('nothing of it reaches the other tenant', async () =>
    assert.deepEqual(await cameTo(victim), []),
  )
  await t.test('its own got all of it', async () => {
    const came = await cameTo(evil)
    assert.deepEqual(
      [came.length, new Set(came.map(({ channel }) => channel))],
      [passed.length, new Set(['room:1'])],
    )
  })
})

test('sessions, tokens and requests of another tenant are of no use', async (t) => {
  const { victim, evil, member, cameTo, kafka, echo, write, topics } = await besides(t)
  const records = await kafka.read(echo)
  const resume = {
    token: victim.welcome['resumeToken'],
    attempt: 1,
    position: victim.welcome['position'],
    channels: { 'room:1': String(victim.frames.find(({ kind }) => kind === 'subscribed')?.['position']) },
  }
  await write(topics.channels, { ce_tenant: 'acme', ce_to: 'channel:room:1' }, '"private"')
  await t.test('a resume token opens a new session of the own tenant', async () => {
    const thief = await member('evil', { hello: { resume } })
    const { resumed, recovered } = thief.welcome
    assert.deepEqual([resumed, recovered, thief.session === victim.session], [false, false, false])
    await thief.next('subscribed')
    assert.deepEqual(await cameTo(thief), [])
  })
  await t.test('a resume token of another user neither', async () => {
    const thief = await member('acme', { user: 'mallory', hello: { resume } })
    assert.equal(thief.welcome['resumed'], false)
  })
  await t.test('a token of the same user of another tenant does not renew a connection', async () =>
    assert.equal(
      await answerTo(evil, {
        authenticate: { token: await tokenFor('alice', { claims: { tenant: 'acme' } }) },
      }),
      'forbidden',
    ),
  )
  for (const [whose, claims] of [
    ['another tenant', { tenant: 'acme' }],
    ['no tenant', {}],
  ] as const)
    await t.test(`a grant of the same user of ${whose} opens no channel`, async () => {
      const token = await tokenFor('alice', { claims: { ...claims, channel: 'secret:1' } })
      assert.equal(await answerTo(evil, { subscribe: { channel: 'secret:1', token } }), 'forbidden')
    })
  await t.test('a request under the same id is another request, and so is the end of it', async () => {
    for (const client of [victim, evil])
      client.send({ request: { id: 'q', route: 'echo', payload: client.tenant } })
    await waitFor(() => records.length === 2)
    evil.send({ cancel: { id: 'q' } })
    await waitFor(() => records.length === 3)
    const asked = records.find(({ headers }) => headers['ce_tenant'] === 'acme')
    assert.ok(asked)
    await write(String(asked.headers['ce_replyto']), asked.headers, '"answer"')
    assert.equal((await victim.next('reply'))['payload'], 'answer')
    assert.deepEqual(await cameTo(evil), [])
  })
  await t.test('a position of another session confirms nothing of it', async () => {
    evil.send({ confirm: { position: victim.welcome['position'] } })
    assert.deepEqual(await cameTo(evil), [])
  })
  await t.test('the same instance of the same user is another origin', async () => {
    const [a, b] = await Promise.all(
      (['acme', 'evil'] as const).map((tenant) => member(tenant, { hello: { client: { instance: 'i' } } })),
    )
    for (const client of [a, b])
      assert.equal(await answerTo(client as Member, { publish: { route: 'echo', payload: 2 } }), 'ack')
    await waitFor(() => records.length === 5)
    const origins = records.slice(3).map(({ headers }) => headers['ce_id']?.split('/')[0])
    assert.equal(new Set(origins).size, 2)
  })
  await t.test('the session is as it was', async () => {
    const came = await cameTo(victim)
    assert.deepEqual(
      came.filter(({ kind }) => kind !== 'joined' && kind !== 'left').map(({ payload }) => payload),
      ['private'],
    )
  })
})

test('what a handshake says beside its credential names no tenant', async (t) => {
  const { node, kafka, echo, victim, cameTo } = await besides(t)
  const records = await kafka.read(echo)
  const headers = {
    'x-tenant': 'acme',
    ce_tenant: 'acme',
    'x-forwarded-user': 'alice',
    'openclaw-tenant': 'acme',
  }
  const token = await tokenFor('alice', { claims: { tenant: 'evil', ce_tenant: 'acme', tenants: ['acme'] } })
  const raw = await connect(t, node.port, {
    protocols: [],
    path: '/echo?tenant=acme&ce_tenant=acme',
    headers,
    token,
  })
  raw.ws.send('{"tenant":"acme"}')
  const { headers: said } = await waitFor(() => records[0])
  assert.deepEqual([said['ce_tenant'], said['ce_subject']], ['evil', 'alice'])
  for (const tenant of [['acme'], { name: 'acme' }, 7, true, 'ac\u0000me', '\ud800'])
    await t.test(`a tenant that is none lets nobody in: ${JSON.stringify(tenant)}`, async () => {
      const client = await connect(t, node.port)
      client.send({ hello: { token: await tokenFor('alice', { claims: { tenant } }) } })
      assert.equal((await client.closed).code, 4401)
    })
  assert.deepEqual(await cameTo(victim), [])
})
