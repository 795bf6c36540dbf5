// What made-up frames, names and records of one tenant can never be: anything of another. Pure, and many of each.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFeedDispatch } from '../../../gateway/channels/shared-feeds.ts'
import { routes as routeSettings } from '../../../gateway/config/route-settings.ts'
import { tenants } from '../../../gateway/config/tenant-settings.ts'
import { isCloudEvent } from '../../../gateway/delivery/cloudevents.ts'
import { isUnreadable, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { toForward } from '../../../gateway/delivery/forward.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import { unwanted } from '../../../gateway/delivery/write.ts'
import { toChannelRecord, toRecord } from '../../../gateway/inbound/record.ts'
import { compileRoutes } from '../../../gateway/inbound/routes.ts'
import { isBadFrame } from '../../../gateway/protocol/frames.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import { toOwner } from '../../../gateway/registry/keys.ts'
import { originOf } from '../../../gateway/session/identity.ts'
import { feedOf } from '../channels/feed-fixture.ts'
import { fakeSession, incoming, readAgain } from '../fakes.ts'

const session = 'AAAAAAAAAAAAAAAAAAAAAA'
const secret = 'a secret of this test'
const read = { maxTargets: 10, secrets: [secret] }
const name = fc.oneof(
  fc.constantFrom('', 'acme', 'evil', 'a/b', 'a', '/', '%2F', 'evil/', '\ud800', '__proto__', 'acme\u0000'),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const hostile = fc.oneof(
  fc.constantFrom(
    'acme',
    'everyone',
    'user:alice',
    `session:${session}`,
    'close',
    'true',
    'application/cloudevents+json',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

test('two owners are one key only if they are one', () => {
  const owner = fc.tuple(name, fc.option(name, { nil: undefined }))
  fc.assert(
    fc.property(owner, owner, (a, b) =>
      assert.equal(toOwner(...a) === toOwner(...b), a[0] === b[0] && a[1] === b[1]),
    ),
    { numRuns: 2_000 },
  )
})

test('two instances are one origin only if they are one', () => {
  const who = fc.tuple(name, name, name)
  const origin = ([tenant, user, instance]: readonly string[]) =>
    originOf(session, { tenant: tenant ?? '', user: user ?? '', claims: {} }, instance)
  fc.assert(
    fc.property(who, who, (a, b) => {
      // Names are well formed where credentials are read; halves of pairs would become one letter here.
      fc.pre([...a, ...b].every((each) => each.isWellFormed()))
      assert.equal(
        origin(a) === origin(b),
        a.every((each, n) => each === b[n]),
      )
    }),
    { numRuns: 2_000 },
  )
})

const routes = compileRoutes(
  routeSettings.parse({ chat: { topic: 'chat' } }),
  undefined,
  tenants.parse({ evil: { topicPrefix: 'evil.', replyTo: 'evil.replies' }, acme: { topicPrefix: 'acme.' } }),
)

test('whatever a client says in a frame, its record says whose it is, and is no event of its own', () => {
  const evil = fakeSession({ id: session, principal: { tenant: 'evil', user: 'alice', claims: {} } })
  const route = routes.pick({ route: 'chat' }, '/')
  assert.ok(route)
  const fields = fc.record(
    {
      id: hostile,
      type: hostile,
      key: hostile,
      contentType: fc.oneof(
        hostile,
        fc.stringMatching(/^application\/(json|[a-z.+-]{1,20}json)( ?;.{0,20})?$/),
      ),
      headers: fc.dictionary(
        fc.oneof(hostile, fc.constantFrom('ce_tenant', 'x-ce_tenant', 'x-a', 'CE_TO')),
        hostile,
      ),
      tenant: hostile,
      ce_tenant: hostile,
    },
    { requiredKeys: [] },
  )
  let taken = 0
  fc.assert(
    fc.property(fields, fc.jsonValue(), (given, payload) => {
      const text = JSON.stringify({ publish: { route: 'chat', ...given, payload } })
      const frame = jsonCodec.decode(Buffer.from(text), false)
      if (isBadFrame(frame) || frame.kind !== 'publish') return
      taken++
      const stamp = { cluster: 'c', now: 0, key: 'k', id: 'i' }
      const inRoute = toRecord(frame, route, evil, stamp)
      const inChannel = toChannelRecord(frame, { channel: 'room:1', topic: 'channels' }, evil, stamp)
      assert.deepEqual([inRoute.topic, inRoute.headers['ce_replyto']], ['evil.chat', 'evil.replies'])
      assert.deepEqual([inChannel.topic, inChannel.headers['ce_to']], ['channels', 'channel:room:1'])
      for (const { headers } of [inRoute, inChannel]) {
        assert.deepEqual(
          [headers['ce_tenant'], headers['ce_subject'], headers['ce_session']],
          ['evil', 'alice', session],
        )
        assert.ok(!isCloudEvent(headers['content-type'] ?? ''))
        for (const own of ['ce_gateway', 'ce_except', 'ce_command', 'ce_origin']) assert.ok(!(own in headers))
      }
      assert.equal(inRoute.headers['ce_to'], undefined)
    }),
    { numRuns: 3_000 },
  )
  assert.ok(taken > 100, `${taken} frames were taken`)
})

const headerNames = [
  'ce_to',
  'ce_tenant',
  'ce_session',
  'ce_request',
  'ce_except',
  'ce_command',
  'ce_channel',
  'ce_gateway',
  'ce_origin',
  'ce_place',
  'ce_hops',
  'ce_generation',
  'ce_for',
  'kafka_correlationId',
  'content-type',
  // A header called __proto__ is left out where records are read.
  'constructor',
]

for (const tenant of ['evil', ''])
  for (const to of ['header', 'user:{key}'])
    test(`whatever a record of a feed says, it is of the feed’s tenant: "${tenant}", to: ${to}`, async () => {
      const value = fc.oneof(
        hostile,
        fc
          .record({ tenant: hostile, to: hostile, session: hostile, request: hostile }, { requiredKeys: [] })
          .map((event) =>
            JSON.stringify({ specversion: '1.0', id: '1', source: 's', type: 't', data: 1, ...event }),
          ),
      )
      const headers = fc.dictionary(fc.constantFrom(...headerNames), hostile)
      await fc.assert(
        fc.asyncProperty(headers, value, async (given, text) => {
          const passed: IncomingRecord[] = []
          const dispatch = async (records: readonly IncomingRecord[]) => void passed.push(...records)
          const feed = feedOf(to, { tenant, targets: ['user', 'session'] })
          const record = { ...incoming(given, text), key: Buffer.from('alice') }
          await createFeedDispatch(feed, { dispatch, quarantine: () => Promise.resolve(), read })([record])
          for (const each of passed) {
            const delivery = readDelivery(each, { from: 'dispatch', ...read })
            if (isUnreadable(delivery)) continue
            assert.deepEqual([delivery.tenant, delivery.mark], [tenant, undefined])
            assert.ok(delivery.targets.every(({ kind }) => kind === 'user' || kind === 'session'))
            // And so it stays on its way to a slot.
            const sent = toForward(each, delivery, { kind: 'session', session }, 'slot.0', secret)
            const arrived = readDelivery(readAgain(sent, { offset: 9 }), { from: 'slot', ...read })
            assert.ok(!isUnreadable(arrived), 'message' in arrived ? String(arrived.message) : '')
            assert.equal(arrived.tenant, tenant)
            const victim = fakeSession({
              id: session,
              principal: { tenant: 'acme', user: 'alice', claims: {} },
            })
            assert.equal(unwanted(arrived, victim), 'wrong-tenant')
          }
        }),
        { numRuns: 500 },
      )
    })
