// A backend of one tenant that tries every header it controls to reach another tenant, on a topic that it may write.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { answerTo, type Headers, type Member, type Tenants, twoTenants } from './tenants.ts'
import { waitFor } from './wait.ts'

/** `twin` has the name of the victim in the other tenant; `marker` tells how far its backend has come. */
export type Attacked = Tenants & { readonly victim: Member; readonly twin: Member; readonly marker: Member }

export async function attacked(t: TestContext, overrides = {}): Promise<Attacked> {
  const tenants = await twoTenants(t, overrides)
  const victim = await tenants.member('acme')
  const twin = await tenants.member('evil')
  const marker = await tenants.member('evil', { user: 'marker' })
  for (const client of [victim, twin, marker])
    assert.equal(await answerTo(client, { subscribe: { channel: 'room:1' } }), 'subscribed')
  return { ...tenants, victim, twin, marker }
}

const eventOf = (fields: object): string =>
  JSON.stringify({ specversion: '1.0', id: 'e', source: 's', type: 't', data: 'crossing', ...fields })
const structured = { 'content-type': 'application/cloudevents+json' }

type Attack = readonly [what: string, headers: Headers, value?: string]

/** Everything that a record can say to be for the victim. */
export const attacksOn = ({ session }: Member, request: string): readonly Attack[] => [
  ['its user', { ce_to: 'user:alice', ce_tenant: 'acme' }],
  ['everyone', { ce_to: 'everyone', ce_tenant: 'acme' }],
  ['its channel', { ce_to: 'channel:room:1', ce_tenant: 'acme' }],
  ['its session', { ce_to: `session:${session}`, ce_tenant: 'acme' }],
  ['its session, of one’s own tenant', { ce_to: `session:${session}`, ce_tenant: 'evil' }],
  ['its session, of no tenant', { ce_to: `session:${session}` }],
  [
    'a list of targets',
    { ce_to: `user:alice,everyone,channel:room:1,session:${session}`, ce_tenant: 'acme' },
  ],
  [
    'names with another in them',
    { ce_to: 'user:acme/alice,user:acme%2Calice,channel:acme:room:1', ce_tenant: 'acme' },
  ],
  ['a tenant with blanks', { ce_to: 'user:alice', ce_tenant: ' acme ' }],
  ['a tenant in capitals', { ce_to: 'user:alice', CE_TENANT: 'acme', Ce_Tenant: 'acme' }],
  [
    'a tenant named like a property',
    { ce_to: 'user:alice', __proto__tenant: 'acme', ce_tenant: '__proto__' },
  ],
  ['a session in ce_session', { ce_session: session, ce_tenant: 'acme' }],
  ['an answer to its request', { ce_session: session, ce_request: request, ce_tenant: 'acme' }],
  ['an answer by Spring', { kafka_correlationId: `${session}/${request}`, ce_tenant: 'acme' }],
  ['all but itself', { ce_to: 'everyone', ce_except: `session:${session}`, ce_tenant: 'acme' }],
  ['its end', { ce_to: `session:${session}`, ce_command: 'close', ce_tenant: 'acme' }],
  ['the end of its user', { ce_to: 'user:alice', ce_command: 'close', ce_tenant: 'acme' }],
  [
    'another channel for it',
    { ce_to: `session:${session}`, ce_command: 'subscribe', ce_channel: 'x', ce_tenant: 'acme' },
  ],
  [
    'its channel taken away',
    { ce_to: 'user:alice', ce_command: 'unsubscribe', ce_channel: 'room:1', ce_tenant: 'acme' },
  ],
  [
    'a forward with a mark',
    { ce_to: `session:${session}`, ce_gateway: 'A'.repeat(43), ce_hops: '1', ce_tenant: 'acme' },
  ],
  ['an event that names the tenant', { ...structured, ce_to: 'user:alice' }, eventOf({ tenant: 'acme' })],
  ['an event for everyone', structured, eventOf({ tenant: 'acme', to: 'everyone' })],
  ['an event for its session', structured, eventOf({ tenant: 'acme', to: `session:${session}` })],
  ['an answer as an event', structured, eventOf({ tenant: 'acme', session, request })],
]

type Way = {
  readonly topic: string
  /** Said by every record. */
  readonly more?: Headers
  readonly byDispatch?: boolean
}

/** Tries everything on one topic. The victim has a request open, which is answered at the end by whom it was for. */
export async function attack(
  t: TestContext,
  given: Attacked,
  { topic, more, byDispatch = true }: Way,
): Promise<void> {
  const { victim, marker, write, cameTo, echo, kafka, receipts } = given
  const requests = await kafka.read(echo)
  victim.send({ request: { id: 'q', route: 'echo', payload: 1 } })
  const asked = await waitFor(() => requests[0], { timeoutMs: 30_000 })
  for (const [what, headers, value] of attacksOn(victim, 'q'))
    await t.test(what, () => write(topic, { ...headers, ...more }, value))
  await t.test('all of it was handled', async () => {
    await write(topic, { ce_to: `session:${marker.session}`, ce_tenant: 'evil', ce_id: 'handled' })
    await marker.next('message', ({ id }) => id === 'handled', 60_000)
  })
  await t.test('nothing of it reached the other tenant', async () =>
    assert.deepEqual(await cameTo(victim, { dispatch: byDispatch }), []),
  )
  await t.test('its request is still open, its channel still its own', async () => {
    await write(String(asked.headers['ce_replyto']), asked.headers, '"answer"')
    assert.equal((await victim.next('reply'))['payload'], 'answer')
    assert.equal(await answerTo(victim, { publish: { channel: 'room:1', payload: 'mine' } }), 'ack')
    assert.equal((await victim.next('message', ({ sender }) => sender === 'alice'))['payload'], 'mine')
  })
  await t.test('receipts are of the own tenant, and say no more than that a session is not theirs', () => {
    const told = receipts.map(({ text }) => JSON.parse(text) as { tenant: string; reason?: string })
    assert.ok(told.some(({ reason }) => reason === 'wrong-tenant'))
    assert.ok(told.every(({ tenant }) => tenant !== 'acme'))
  })
}
