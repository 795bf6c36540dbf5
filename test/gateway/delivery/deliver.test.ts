// A record of the slot ends at a socket, at another slot, or in a report, and is settled only then.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../../gateway/connection/connection.ts'
import { rawDialect } from '../../../gateway/connection/dialect.ts'
import { createDeliver } from '../../../gateway/delivery/deliver.ts'
import { isUnreadable, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { toForward } from '../../../gateway/delivery/forward.ts'
import { createOutcomes } from '../../../gateway/delivery/outcome.ts'
import type { IncomingRecord, SessionEntry } from '../../../gateway/delivery/ports.ts'
import type { Resolver } from '../../../gateway/delivery/resolve.ts'
import type { Surely } from '../../../gateway/delivery/surely.ts'
import { Watermark } from '../../../gateway/delivery/watermark.ts'
import type { OutgoingRecord } from '../../../gateway/inbound/ports.ts'
import { Roster } from '../../../gateway/session/roster.ts'
import type { Session } from '../../../gateway/session/session.ts'
import { fakeConnection, fakeSession, incoming, quietEvents, readAgain, turn } from '../fakes.ts'

const secret = 'a secret of this test'
const away = 'BBBBBBBBBBBBBBBBBBBBBB'

/** A node on slot 0 with what it needs; what it writes to Kafka is in `written`. */
function node(options: { resolver?: Partial<Resolver>; surely?: Surely; maxUnresolved?: number } = {}) {
  const written: OutgoingRecord[] = []
  const surely: Surely =
    options.surely ??
    ((record) => {
      written.push(record)
      return Promise.resolve('published')
    })
  const events = quietEvents()
  const roster = new Roster<Connection>()
  const watermark = new Watermark()
  const reports = {
    node: 'gw-1',
    cluster: 'main',
    topics: { receipts: 'receipts', quarantine: 'quarantine' },
  }
  const resolver: Resolver = {
    session: () => Promise.resolve(undefined),
    user: () => Promise.resolve([]),
    liveSlots: () => Promise.resolve([]),
    ...options.resolver,
  }
  const deliver = createDeliver({
    roster,
    resolver,
    surely,
    events,
    outcomes: createOutcomes({ surely, events, reports }),
    read: { maxTargets: 10, maxSize: 10_000, secrets: [secret] },
    secret,
    slotTopic: 'slot.',
    maxHops: 2,
    maxUnresolved: options.maxUnresolved ?? 10,
  })
  const join = (session: Session, how: Parameters<typeof fakeConnection>[0] = {}) => {
    const opened = fakeConnection({ session, ...how })
    roster.add(session.id, opened.connection)
    return opened
  }
  const give = (record: IncomingRecord) => deliver(0, watermark, record)
  /** Reasons of the receipts written, or why a record was quarantined. */
  const told = () =>
    written
      .filter(({ topic }) => topic === 'receipts' || topic === 'quarantine')
      .map(({ value }) => JSON.parse(value.toString()) as { outcome?: string; reason?: string })
      .map(({ outcome, reason }) => reason ?? outcome)
  return { roster, watermark, events, written, join, give, told }
}

const entry = (more: Partial<SessionEntry>): SessionEntry => ({
  session: away,
  tenant: '',
  slot: 3,
  epoch: 1,
  generation: 1,
  ...more,
})

/** Everyone of the empty tenant, as a gateway writes it. */
function toEveryone(headers: Record<string, string> = {}): IncomingRecord {
  const first = incoming({ ce_to: 'everyone', ...headers }, '"all"')
  const delivery = readDelivery(first, { from: 'dispatch', maxTargets: 1, maxSize: 100, secrets: [secret] })
  assert.ok(!isUnreadable(delivery))
  return readAgain(toForward(first, delivery, { kind: 'everyone' }, 'slot.0', secret), { offset: 7 })
}

test('a delivery is settled when the socket has it, and not before', () => {
  const { join, give, watermark } = node()
  const session = fakeSession()
  const { socket } = join(session)
  socket.slow = true
  give(incoming({ ce_session: session.id }, '{"n":9007199254740993}'))
  assert.equal(watermark.settled, 7)
  assert.match(socket.sent[0] ?? '', /"payload":\{"n":9007199254740993\}/)
  socket.flush()
  assert.equal(watermark.settled, 8)
})

test('a reply answers the request that is open; one that ended before is passed over', () => {
  const { join, give, watermark } = node()
  const session = fakeSession()
  const { socket } = join(session)
  session.requests.open('q', { stopTimer: () => undefined, tellBackend: () => undefined })
  give(incoming({ ce_session: session.id, ce_request: 'q', ce_more: 'true' }))
  assert.equal(session.requests.stateOf('q'), 'open')
  give(incoming({ ce_session: session.id, ce_request: 'q' }, '{}', { offset: 8 }))
  assert.equal(session.requests.stateOf('q'), 'unknown')
  session.requests.open('late', { stopTimer: () => undefined, tellBackend: () => undefined })
  session.requests.abandon('late')
  give(incoming({ ce_session: session.id, ce_request: 'late' }, '{}', { offset: 9 }))
  assert.deepEqual(
    socket.frames.map(({ kind }) => kind),
    ['reply', 'reply'],
  )
  assert.equal(watermark.settled, 10)
})

test('another tenant is never reached', async () => {
  const { join, give, watermark, told } = node()
  const session = fakeSession({ principal: { user: 'alice', tenant: 'acme', claims: {} } })
  const { socket } = join(session)
  give(incoming({ ce_session: session.id }))
  give(incoming({ ce_session: session.id, ce_tenant: 'other' }, '{}', { offset: 8 }))
  await turn()
  assert.deepEqual([socket.sent.length, told(), watermark.settled], [0, ['wrong-tenant', 'wrong-tenant'], 9])
})

test('what is late or left out is not shown', async () => {
  const { join, give, watermark, told } = node()
  const session = fakeSession()
  const { socket } = join(session)
  give(incoming({ ce_session: session.id, ce_expirytime: '2020-01-01T00:00:00Z' }))
  give(incoming({ ce_session: session.id, ce_except: `session:${session.id}` }, '{}', { offset: 8 }))
  await turn()
  assert.deepEqual([socket.sent.length, told(), watermark.settled], [0, ['deadline-passed'], 9])
})

test('a session that is just opening gets its deliveries after the welcome', () => {
  const { roster, join, give, watermark } = node()
  const session = fakeSession()
  roster.opening(session.id)
  give(incoming({ ce_session: session.id }))
  assert.equal(watermark.settled, 7)
  const { connection, socket } = join(session)
  connection.send({ kind: 'pong' })
  roster.opened(session.id)
  assert.deepEqual(
    socket.frames.map(({ kind }) => kind),
    ['pong', 'message'],
  )
  assert.equal(watermark.settled, 8)
})

test('a session on another slot gets the record there, marked and counted', async () => {
  const { give, watermark, written } = node({ resolver: { session: () => Promise.resolve(entry({})) } })
  give(incoming({ ce_session: away }))
  assert.equal(watermark.settled, 7)
  await turn()
  const [forward] = written
  assert.deepEqual([forward?.topic, forward?.key, forward?.headers['ce_hops']], ['slot.3', away, '1'])
  assert.equal(watermark.settled, 8)
})

for (const [what, resolver, reason] of [
  ['is nowhere', {}, 'no-session'],
  ['was on this slot', { session: () => Promise.resolve(entry({ slot: 0 })) }, 'no-session'],
  ['is of another tenant', { session: () => Promise.resolve(entry({ tenant: 'acme' })) }, 'wrong-tenant'],
] as const) {
  test(`a session that ${what} is reported`, async () => {
    const { give, watermark, told } = node({ resolver })
    give(incoming({ ce_session: away }))
    await turn()
    assert.deepEqual([told(), watermark.settled], [[reason], 8])
  })
}

test('a record that came too far is reported and goes no further', async () => {
  const { give, told } = node({ resolver: { session: () => Promise.resolve(entry({})) } })
  const options = { from: 'slot', maxTargets: 1, maxSize: 100, secrets: [secret] } as const
  let record = incoming({ ce_session: away })
  for (let hop = 0; hop < 2; hop++) {
    const delivery = readDelivery(record, options)
    assert.ok(!isUnreadable(delivery))
    record = readAgain(toForward(record, delivery, { kind: 'session', session: away }, 'slot.0', secret))
  }
  give(record)
  await turn()
  assert.deepEqual(told(), ['too-many-hops'])
})

test('past the limit of those that wait for the registry, deliveries are reported and not kept', async () => {
  const { give, told, watermark } = node({
    resolver: { session: () => new Promise(() => undefined) },
    maxUnresolved: 2,
  })
  for (const offset of [7, 8, 9]) give(incoming({ ce_session: away }, '{}', { offset }))
  await turn()
  assert.deepEqual([told(), watermark.settled], [['no-session'], 7])
})

for (const [failure, reason] of [
  ['too-large', 'too-large'],
  ['route-unavailable', 'no-session'],
] as const) {
  test(`a forward that fails with ${failure} is reported`, async () => {
    const receipts: OutgoingRecord[] = []
    const { give, watermark } = node({
      resolver: { session: () => Promise.resolve(entry({})) },
      surely: (record) => {
        if (record.topic === 'slot.3') return Promise.resolve(failure)
        receipts.push(record)
        return Promise.resolve('published')
      },
    })
    give(incoming({ ce_session: away }))
    await turn()
    assert.match(receipts[0]?.value.toString() ?? '', new RegExp(`"reason":"${reason}"`))
    assert.equal(watermark.settled, 8)
  })
}

test('everyone is everyone of the tenant, in each dialect, and nobody’s reply', () => {
  const { join, give, watermark } = node()
  const asking = fakeSession()
  asking.requests.open('q', { stopTimer: () => undefined, tellBackend: () => undefined })
  const first = join(asking)
  const raw = join(fakeSession(), { dialect: rawDialect('application/octet-stream') })
  const other = join(fakeSession({ principal: { user: 'bob', tenant: 'acme', claims: {} } }))
  const left = join(fakeSession())
  const record = toEveryone({
    ce_session: asking.id,
    ce_request: 'q',
    ce_except: `session:${left.connection.session?.id}`,
  })
  give(record)
  assert.deepEqual(
    first.socket.frames.map(({ kind }) => kind),
    ['message'],
  )
  assert.deepEqual(raw.socket.sent, ['"all"'])
  assert.deepEqual([other.socket.sent, left.socket.sent], [[], []])
  assert.equal(asking.requests.stateOf('q'), 'open')
  assert.equal(watermark.settled, 8)
})

test('everyone is one delivery: settled with its last socket, told once', async () => {
  const { join, give, watermark, told, events } = node()
  const sockets = [join(fakeSession()), join(fakeSession()), join(fakeSession())].map(({ socket }) => socket)
  for (const socket of sockets) socket.slow = true
  give(toEveryone({ ce_receipt: 'written' }))
  for (const socket of sockets) {
    assert.equal(watermark.settled, 7)
    socket.flush()
  }
  await turn()
  assert.deepEqual([told(), watermark.settled], [['written'], 8])
  assert.equal(await events.count('deliveries'), 3)
})

test('of everyone, those who missed it are told of once, and only where that was asked for', async () => {
  for (const [receipt, reports] of [
    [{}, []],
    [{ ce_receipt: 'failed' }, ['no-session']],
  ] as const) {
    const { join, give, watermark, told } = node()
    const sockets = [join(fakeSession()), join(fakeSession())].map(({ socket }) => socket)
    for (const socket of sockets) socket.slow = true
    give(toEveryone(receipt))
    for (const socket of sockets) socket.flush(false)
    await turn()
    assert.deepEqual([told(), watermark.settled], [reports, 8])
  }
})

test('a socket that is too slow loses the delivery, which is reported as slow', async () => {
  const { join, give, told, watermark } = node()
  const session = fakeSession()
  const { socket } = join(session, { outbox: 10 })
  socket.slow = true
  give(incoming({ ce_session: session.id }, '"first"'))
  give(incoming({ ce_session: session.id }, '"second"', { offset: 8 }))
  await turn()
  assert.equal(socket.closed?.code, 4513)
  assert.deepEqual([told(), watermark.settled], [['slow'], 7])
  socket.flush(false)
  await turn()
  assert.deepEqual([told(), watermark.settled], [['slow', 'slow'], 9])
})

test('receipts that were asked for are in Kafka before the delivery counts as settled', async () => {
  const done = Promise.withResolvers<'published'>()
  const { join, give, watermark } = node({ surely: () => done.promise })
  const session = fakeSession()
  join(session)
  give(incoming({ ce_session: session.id, ce_receipt: 'confirmed' }))
  await turn()
  assert.equal(watermark.settled, 7)
  done.resolve('published')
  await turn()
  assert.equal(watermark.settled, 8)
})

test('what cannot be read is quarantined and passed', async () => {
  const { give, told, watermark } = node()
  give(incoming({ ce_to: 'user:alice' }))
  give(incoming({}, null, { offset: 8 }))
  await turn()
  assert.deepEqual([told(), watermark.settled], [['invalid', 'invalid'], 9])
})

test('when the node stops, what is unfinished stays unsettled for the next', async () => {
  const { give, watermark } = node({ surely: () => Promise.reject(new Error('stopped')) })
  give(incoming({ ce_session: away }))
  give(incoming({}, 'x', { offset: 8 }))
  await turn()
  assert.equal(watermark.settled, 7)
})

test('after the slot is lost nothing is reported: its next holder finds the session or reports', async () => {
  const { join, give, watermark, told } = node()
  const session = fakeSession()
  const { socket } = join(session)
  socket.slow = true
  give(incoming({ ce_session: session.id }))
  watermark.abandon()
  socket.flush(false)
  await turn()
  assert.deepEqual([told(), watermark.settled], [[], 7])
})

for (const timestamp of [-1, Number.NaN, 1.5, Number.MAX_SAFE_INTEGER]) {
  test(`a record of the time ${timestamp} is delivered like any other`, () => {
    const { join, give, watermark } = node()
    const session = fakeSession()
    const { socket } = join(session)
    give(incoming({ ce_session: session.id }, '1', { timestamp }))
    assert.match(String(socket.frames[0]?.['time']), /^\d{4}-\d\d-\d\dT/)
    assert.equal(watermark.settled, 8)
  })
}

test('should the gateway itself fail at a record, those behind it are delivered', async () => {
  const { join, give, watermark, told } = node()
  const broken = fakeSession()
  join(broken, {
    dialect: {
      enveloped: true,
      name: 'broken',
      decode: () => ({ kind: 'ping' }),
      encode: () => {
        throw new Error('a bug')
      },
    },
  })
  const session = fakeSession()
  const { socket } = join(session)
  give(incoming({ ce_session: broken.id }))
  give(incoming({ ce_session: session.id }, '1', { offset: 8 }))
  await turn()
  assert.deepEqual([told(), socket.sent.length, watermark.settled], [['invalid'], 1, 9])
})
