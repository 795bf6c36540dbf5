// What one connection may send and be sent: its own buckets, and those of its user, its tenant and its node.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSharedTraffic, type SharedRates } from '../../../gateway/limits/shared-traffic.ts'
import { tenantLimits } from '../../../gateway/limits/tenants.ts'
import { type ConnectionRates, ConnectionTraffic } from '../../../gateway/limits/traffic.ts'
import { handClock, memoryWindows } from './fixtures.ts'

const perSecond = (count: number) => ({ count, windowMs: 1_000 })
const alice = { tenant: 'acme', user: 'alice', claims: {} }
const bob = { tenant: 'acme', user: 'bob', claims: {} }

function world(rates: Partial<SharedRates> = {}) {
  const clock = handClock()
  const limited: string[] = []
  const all = { node: {}, principal: {}, routes: new Map(), tenant: () => undefined, ...rates }
  const shared = createSharedTraffic(all, clock.now, (name) => limited.push(name))
  const connect = (own: ConnectionRates = {}, principal: typeof alice | undefined = alice) => {
    const traffic = new ConnectionTraffic(own, shared)
    if (principal !== undefined) traffic.identify(principal)
    return traffic
  }
  return { clock, limited, shared, connect }
}

const taken = (traffic: ConnectionTraffic, times: number, bytes = 10): number =>
  Array.from({ length: times }, () => traffic.receive(bytes)).filter((wait) => wait === 0).length

test('where nothing is limited everything is taken', () => {
  const traffic = world().connect()
  assert.deepEqual(
    [taken(traffic, 1_000), traffic.route('chat'), traffic.refuse(), traffic.control(), traffic.paces],
    [1_000, 0, true, true, false],
  )
})

test('messages and bytes of a connection are counted, and what is not taken costs nothing', () => {
  const { connect, clock, limited } = world()
  const traffic = connect({ messages: perSecond(10), bytes: perSecond(50) })
  assert.equal(taken(traffic, 10), 5)
  assert.deepEqual([traffic.receive(10), new Set(limited)], [200, new Set(['connection.bytes'])])
  clock.at = 1_000
  assert.equal(taken(traffic, 20, 1), 10)
  assert.equal(limited.at(-1), 'connection.messages')
})

test('the connections of a user share, those of another do not', () => {
  const { connect } = world({ principal: { messages: perSecond(10) } })
  const [one, other, stranger] = [connect(), connect(), connect({}, bob)]
  assert.deepEqual([taken(one, 8), taken(other, 8), taken(stranger, 8)], [8, 2, 8])
})

test('whoever comes back finds the bucket as it was left', () => {
  const { connect, shared } = world({ principal: { messages: perSecond(10) } })
  const first = connect()
  assert.equal(taken(first, 20), 10)
  first.end()
  first.end()
  assert.equal(shared.size, 0)
  assert.equal(taken(connect(), 20), 0)
})

test('all connections of a node share its rate, welcomed or not', () => {
  const { connect } = world({ node: { messages: perSecond(10) } })
  assert.deepEqual([taken(connect({}, undefined), 8), taken(connect({}, bob), 8)], [8, 2])
})

test('a route has a rate for each user; other routes go on', () => {
  const { connect, limited } = world({ routes: new Map([['chat', perSecond(2)]]) })
  const [one, other] = [connect(), connect()]
  assert.deepEqual(
    [one.route('chat'), other.route('chat'), one.route('chat'), one.route('echo')],
    [0, 0, 500, 0],
  )
  assert.equal(connect({}, bob).route('chat'), 0)
  assert.deepEqual(limited, ['route.chat'])
})

test('where every message is for one route, it is counted as it comes', () => {
  const traffic = world({ routes: new Map([['chat', perSecond(2)]]) }).connect()
  traffic.fixRoute('chat')
  assert.deepEqual([taken(traffic, 5), traffic.route('chat')], [2, 0])
})

test('the tenants that have quotas share them among their users', () => {
  const clock = handClock()
  const quotas = { messagesPerSecond: 10, bytesPerSecond: 1_000, connections: 3 }
  const tenants = tenantLimits({ acme: { quotas } }, { windows: memoryWindows(clock.now), ...clock })
  const { connect } = world({ tenant: tenants.lane })
  assert.deepEqual([taken(connect(), 8), taken(connect({}, bob), 8)], [8, 2])
  assert.equal(taken(connect({}, { ...bob, tenant: 'constructor' }), 8), 8)
  assert.deepEqual([tenants.connections('acme'), tenants.connections('toString')], [3, undefined])
})

test('what is written is counted whatever it is, and says how long nothing more should be', () => {
  const { connect, clock } = world({ principal: { bytesOut: perSecond(100) } })
  const traffic = connect()
  assert.equal(traffic.paces, true)
  assert.deepEqual([traffic.send(60), traffic.send(60), traffic.send(30)], [0, 200, 500])
  clock.at = 500
  assert.equal(traffic.send(0), 0)
})

test('pings and refusals have an end', () => {
  const { connect, limited } = world()
  const traffic = connect({ pings: perSecond(2), refusals: perSecond(1) })
  assert.deepEqual([traffic.control(), traffic.control(), traffic.control()], [true, true, false])
  assert.deepEqual([traffic.refuse(), traffic.refuse()], [true, false])
  assert.deepEqual(limited, ['connection.pings', 'connection.refusals'])
})
