// A backend of one tenant and the other tenant: on every topic that it may be let to write, nothing crosses over.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { tokenFor } from '../support/keys.ts'
import { attack, attacked, attacksOn } from '../support/tenant-attacks.ts'
import { answerTo, type Headers } from '../support/tenants.ts'
import { waitFor } from '../support/wait.ts'

test('through a feed that fixes its tenant, whatever the records say', async (t) => {
  const given = await attacked(t)
  await attack(t, given, { topic: given.feed })
  await t.test('what could be was for the own tenant', async () => {
    const { twin, marker, cameTo } = given
    const came = await cameTo(marker)
    assert.deepEqual(new Set(came.map(({ channel }) => channel)), new Set([undefined, 'room:1']))
    assert.ok(came.every(({ kind, payload }) => kind === 'message' && payload === 'crossing'))
    assert.ok(twin.frames.some(({ kind, payload }) => kind === 'message' && payload === 'crossing'))
    assert.equal((await twin.closed).code, 4409)
  })
})

test('through dispatch, where it is closed to other tenants', async (t) => {
  const given = await attacked(t, { dispatch: { tenants: ['evil'] } })
  await attack(t, given, { topic: given.topics.dispatch, byDispatch: false })
  await t.test('what says another tenant is in quarantine, with the reason', async () => {
    const others = attacksOn(given.victim, 'q').filter(
      ([what]) => what !== 'its session, of one’s own tenant',
    )
    await waitFor(() => given.quarantined.length === others.length, {
      timeoutMs: 30_000,
      describe: () => `${others.length}, not ${given.quarantined.length}`,
    })
    const whys = given.quarantined.map(({ text }) => (JSON.parse(text) as { detail: string }).detail)
    assert.equal(
      whys.filter((why) => /^it is not for the tenant ".*"; see dispatch\.tenants$/.test(why)).length,
      others.length,
    )
  })
})

test('through slot topics, which replies go to', async (t) => {
  const given = await attacked(t)
  const { victim, marker, topics, write, quarantined, kafka, cameTo } = given
  const slot = `${topics.slot}${Number.parseInt(String(victim.welcome['position']), 36)}`
  await attack(t, given, { topic: slot, more: { ce_tenant: 'evil' } })
  const putAside = async (what: string, headers: Headers, value?: string) =>
    t.test(`put aside: ${what}`, async () => {
      const before = quarantined.length
      await write(slot, headers, value)
      await waitFor(() => quarantined.length > before, { timeoutMs: 30_000 })
    })
  await waitFor(() => quarantined.length > 0, { timeoutMs: 30_000 })
  const ofAcme = { ce_tenant: 'acme' }
  for (const ce_to of ['user:alice', 'everyone', 'channel:room:1', `user:alice,session:${victim.session}`])
    await putAside(`${ce_to} of the right tenant`, { ce_to, ...ofAcme })
  const log = await kafka.read(slot)
  await write(topics.dispatch, { ce_to: 'user:marker', ce_tenant: 'evil', ce_id: 'genuine' }, '"genuine"')
  await marker.next('message', ({ id }) => id === 'genuine', 30_000)
  const genuine = await waitFor(() =>
    log.find(({ headers: { ce_id, ce_gateway } }) => ce_id === 'genuine' && ce_gateway),
  )
  for (const [what, headers, value] of [
    ['another tenant', ofAcme, '"genuine"'],
    ['another session', { ce_to: `session:${victim.session}`, ...ofAcme }, '"genuine"'],
    ['everyone', { ce_to: 'everyone' }, '"genuine"'],
    ['another value', {}, '"crossing"'],
    ['another origin', { ce_origin: 'x/0/1' }, '"genuine"'],
    ['a generation', { ce_generation: '9999999999999' }, '"genuine"'],
  ] as const)
    await putAside(
      `a gateway’s own record with ${what} written in`,
      { ...genuine.headers, ...headers },
      value,
    )
  assert.deepEqual(
    (await cameTo(victim)).filter(({ payload }) => payload !== 'mine'),
    [],
  )
})

test('through the topic of channels', async (t) => {
  const { victim, marker, topics, write, cameTo, kafka, member } = await attacked(t)
  const log = await kafka.read(topics.channels)
  for (const [what, headers, value] of attacksOn(victim, 'q'))
    await t.test(what, () => write(topics.channels, { ...headers, ce_tenant: 'evil' }, value))
  await t.test('a member record that no gateway wrote', () =>
    write(
      topics.channels,
      {
        ce_type: 'openclaw.control.member',
        ce_to: 'channel:room:1',
        ce_tenant: 'acme',
        ce_gateway: 'A'.repeat(43),
      },
      JSON.stringify({
        change: 'left',
        tenant: 'acme',
        channel: 'room:1',
        user: 'alice',
        sessions: 0,
        version: 1e16,
      }),
    ),
  )
  await t.test('one that a gateway wrote, with another tenant written over it', async () => {
    const other = await member('evil', { user: 'other' })
    assert.equal(await answerTo(other, { subscribe: { channel: 'room:1' } }), 'subscribed')
    const joined = await waitFor(() => log.find(({ text }) => text.includes('"user":"other"')), {
      timeoutMs: 30_000,
    })
    await write(topics.channels, { ...joined.headers, ce_tenant: 'acme' }, joined.text)
    await write(
      topics.channels,
      { ...joined.headers, ce_tenant: 'acme' },
      joined.text.replace('evil', 'acme'),
    )
  })
  await t.test('nothing of it reached the other tenant', async () => {
    assert.equal(await answerTo(victim, { subscribe: { channel: 'room:1', members: true } }), 'subscribed')
    assert.deepEqual(await cameTo(victim), [])
    assert.ok(
      (await cameTo(marker)).some(({ channel, payload }) => channel === 'room:1' && payload === 'crossing'),
    )
  })
})

test('what was written for an absent session by another tenant is not shown when it is back', async (t) => {
  const { victim, topics, write, receipts, node, feed, marker } = await attacked(t)
  const slot = `${topics.slot}${Number.parseInt(String(victim.welcome['position']), 36)}`
  const to = { ce_to: `session:${victim.session}` }
  victim.ws.terminate()
  await victim.closed
  await write(slot, { ...to, ce_tenant: 'evil' })
  await write(slot, to)
  await write(slot, { ...to, ce_tenant: 'evil', ce_command: 'close' })
  await write(feed, { ...to, ce_tenant: 'acme' })
  await write(feed, { ce_to: `session:${marker.session}`, ce_id: 'handled' })
  await marker.next('message', ({ id }) => id === 'handled', 60_000)
  await write(slot, { ...to, ce_tenant: 'acme' }, '"for alice"')
  const { resumeToken: token, position } = victim.welcome
  const back = await welcomed(t, node.port, await tokenFor('alice', { claims: { tenant: 'acme' } }), {
    resume: { token, attempt: 1, position },
  })
  assert.equal(back.welcome['resumed'], true)
  assert.equal((await back.next('message', () => true, 30_000))['payload'], 'for alice')
  const wrong = () => receipts.filter(({ text }) => text.includes('wrong-tenant'))
  await waitFor(() => wrong().length >= 3, { timeoutMs: 30_000 })
  assert.deepEqual(
    back.frames.filter(({ kind }) => kind === 'message'),
    [],
  )
  assert.equal(back.ws.readyState, back.ws.OPEN)
})
