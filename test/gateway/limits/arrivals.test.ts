// Whether one more connection may come: how often, and how many at a time; over several nodes on one store.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ArrivalDeps, createArrivals, type Lifetime } from '../../../gateway/limits/arrivals.ts'
import { createHoldings } from '../../../gateway/limits/holdings.ts'
import { MemoryStore } from '../../../gateway/registry/memory-store.ts'

const alice = { tenant: 'acme', user: 'alice', claims: {} }
const minute = { count: 3, windowMs: 60_000 }

class Life implements Lifetime {
  readonly of = this
  ended = false
  readonly #endings: (() => void)[] = []
  onEnd(then: () => void): void {
    this.#endings.push(then)
  }
  end(): void {
    this.ended = true
    for (const then of this.#endings.splice(0)) then()
  }
}

function world(limits: Partial<ArrivalDeps> = {}) {
  let at = 1_000_000
  const store = new MemoryStore(() => at)
  const node = (name: string, away = () => false) => {
    const lease = store.take(name, 60_000, 8, {})
    const holdings = createHoldings(
      {
        set: (key, mine, under) =>
          away() ? Promise.reject(new Error('away')) : Promise.resolve(store.limits.set(key, mine, under)),
      },
      () => lease,
    )
    const limited: string[] = []
    const arrivals = createArrivals({
      address: {},
      principal: {},
      ofTenant: () => undefined,
      isUncounted: () => false,
      windows: { add: (...given) => Promise.resolve(store.limits.add(...given)) },
      holdings,
      onLimited: (name) => limited.push(name),
      ...limits,
    })
    return { ...arrivals, holdings, limited }
  }
  return { node, store, pass: (ms: number) => (at += ms) }
}

test('where nothing is limited the answer is there at once', () => {
  const { ofAddress, ofPrincipal } = world().node('a')
  assert.deepEqual(
    [ofAddress('192.0.2.1', new Life()), ofPrincipal(alice, new Life())],
    [undefined, undefined],
  )
})

test('an address may come so often, over all nodes, until the window is over', async () => {
  const { node, pass } = world({ address: { newConnections: minute } })
  const [one, other] = [node('a'), node('b')]
  const come = (to: typeof one, address = '192.0.2.1') => to.ofAddress(address, new Life())
  for (const to of [one, other, one]) assert.equal(await come(to), undefined)
  pass(10_000)
  assert.deepEqual(await come(other), { code: 'rate-limited', retryAfterS: 50 })
  assert.equal(await come(one, '192.0.2.2'), undefined)
  assert.deepEqual(other.limited, ['address.newConnections'])
  pass(50_000)
  assert.equal(await come(one), undefined)
})

test('all addresses of one IPv6 network count as one, and some are not counted', async () => {
  const { node } = world({ address: { newConnections: minute }, isUncounted: (address) => address === '::1' })
  const { ofAddress } = node('a')
  for (const n of [1, 2, 3]) await ofAddress(`2001:db8::${n}`, new Life())
  assert.equal((await ofAddress('2001:db8::4', new Life()))?.code, 'rate-limited')
  assert.equal(ofAddress('::1', new Life()), undefined)
})

test('a user has so many connections at a time, over all nodes; one that ends makes room', async () => {
  const { node } = world({ principal: { connections: 2 } })
  const [one, other] = [node('a'), node('b')]
  const lives = [new Life(), new Life(), new Life()] as const
  assert.equal(await one.ofPrincipal(alice, lives[0]), undefined)
  assert.equal(await other.ofPrincipal(alice, lives[1]), undefined)
  assert.equal((await one.ofPrincipal(alice, lives[2]))?.code, 'rate-limited')
  assert.equal(await one.ofPrincipal({ ...alice, user: 'bob' }, new Life()), undefined)
  lives[1].end()
  assert.equal(await one.ofPrincipal(alice, lives[2]), undefined)
  for (const life of lives) life.end()
  assert.deepEqual([one.holdings.size, other.holdings.size], [1, 0])
})

test('one socket counts once however often it asks, and not at all once it is gone', async () => {
  const { node } = world({ principal: { connections: 1 } })
  const { ofPrincipal, holdings } = node('a')
  const [life, gone] = [new Life(), new Life()]
  assert.equal(await ofPrincipal(alice, life), undefined)
  assert.equal(await ofPrincipal(alice, life), undefined)
  life.end()
  gone.end()
  await ofPrincipal(alice, gone)
  assert.equal(holdings.size, 0)
})

test('anonymous principals count for their tenant only', async () => {
  const { node } = world({ principal: { connections: 1, newConnections: minute }, ofTenant: () => 2 })
  const { ofPrincipal } = node('a')
  const nobody = { tenant: 'acme', claims: {} }
  assert.equal(await ofPrincipal(nobody, new Life()), undefined)
  assert.equal(await ofPrincipal(nobody, new Life()), undefined)
  assert.equal((await ofPrincipal(nobody, new Life()))?.code, 'rate-limited')
})

test('what a dead node had counts no more, and what the store forgot is told again', async () => {
  const { node, store, pass } = world({ principal: { connections: 1 } })
  const dead = node('a')
  await dead.ofPrincipal(alice, new Life())
  pass(61_000)
  const heir = node('b')
  assert.equal(await heir.ofPrincipal(alice, new Life()), undefined)
  store.limits.wipe()
  await heir.holdings.rebuild()
  assert.equal((await node('c').ofPrincipal(alice, new Life()))?.code, 'rate-limited')
})

test('while the store is away each node counts for itself, and tells it afterwards', async () => {
  let away = true
  const { node } = world({ principal: { connections: 2 } })
  const [one, other] = [node('a', () => away), node('b')]
  const lives = [new Life(), new Life(), new Life()]
  const answers = []
  for (const life of lives) answers.push((await one.ofPrincipal(alice, life))?.code)
  assert.deepEqual(answers, [undefined, undefined, 'rate-limited'])
  away = false
  await one.holdings.rebuild()
  assert.equal((await other.ofPrincipal(alice, new Life()))?.code, 'rate-limited')
})
