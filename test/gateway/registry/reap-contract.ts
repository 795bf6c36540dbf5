// What every registry must do with what dead nodes left, whatever it is made of.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SessionEntry } from '../../../gateway/delivery/ports.ts'
import type { Registry } from '../../../gateway/registry/ports.ts'
import { waitFor } from '../../support/wait.ts'
import { type CreateWorld, entryUnder, taken } from './worlds.ts'

const never = 3_600_000

/** Reaps once, and answers the names of what was reported. */
async function reaped(registry: Registry, graceMs: number, limit = 1_000): Promise<string[]> {
  const reported: SessionEntry[] = []
  const removed = await registry.sessions.reap({
    graceMs,
    limit,
    report: async (entries) => void reported.push(...entries),
  })
  assert.equal(removed, reported.length)
  return reported.map(({ session }) => session)
}

const ended = (registry: Registry, session: string) =>
  waitFor(async () => (await registry.sessions.ofSession(session)).found?.live === false)

export const reapContract = (name: string, createWorld: CreateWorld): void => {
  describe(`reaping in ${name}`, () => {
    it('leaves live sessions, and detached ones within their grace', async (t) => {
      const world = createWorld(t)
      const [mortal, node] = [await world.node({ leaseTtlMs: 1 }), await world.node()]
      const detached = entryUnder(await taken(mortal, 'a'))
      const live = entryUnder(await taken(node, 'b'))
      await node.sessions.bindAll([detached, live])
      await ended(node, detached.session)
      assert.deepEqual(await reaped(node, never), [])
      assert.deepEqual(await reaped(node, 0), [detached.session])
      assert.equal((await node.sessions.ofSession(detached.session)).found, undefined)
      assert.equal((await node.sessions.ofUser('acme', 'alice')).found.length, 1)
    })

    it('reports entries as they were entered', async (t) => {
      const world = createWorld(t)
      const mortal = await world.node({ leaseTtlMs: 1 })
      const { user: _, ...anonymous } = entryUnder(await taken(mortal, 'a'), { tenant: 'a/b' })
      await mortal.sessions.bind(anonymous)
      await ended(mortal, anonymous.session)
      const report = async (entries: readonly SessionEntry[]) => assert.deepEqual(entries, [anonymous])
      assert.equal(await mortal.sessions.reap({ graceMs: 0, limit: 10, report }), 1)
    })

    it('removes what earlier holders of a slot left, and nothing of its holder', async (t) => {
      const world = createWorld(t)
      const [mortal, heir] = [await world.node({ leaseTtlMs: 1 }), await world.node({ slots: 1 })]
      const orphans: string[] = []
      for (const holder of ['a', 'b', 'c']) {
        const lease = await waitFor(() =>
          mortal.leases.take(holder, { prefer: 0, avoid: [1, 2, 3, 4, 5, 6, 7] }),
        )
        const entry = entryUnder(lease)
        orphans.push(entry.session)
        await mortal.sessions.bind(entry)
      }
      const current = entryUnder(await waitFor(() => heir.leases.take('d', {})))
      await heir.sessions.bind(current)
      assert.deepEqual(await reaped(heir, never), [])
      assert.deepEqual((await reaped(heir, 0)).sort(), orphans.sort())
      assert.deepEqual(
        (await heir.sessions.ofUser('acme', 'alice')).found.map(({ session }) => session),
        [current.session],
      )
    })

    it('removes sessions of a lease that a wipe took before its holder died', async (t) => {
      const world = createWorld(t)
      const node = await world.node()
      const lease = await taken(node, 'a')
      await world.wipe()
      const entry = entryUnder(lease)
      await node.sessions.bind(entry)
      await ended(node, entry.session)
      assert.deepEqual(await reaped(node, 0), [entry.session])
    })

    it('removes what a frozen node entered after its slot was taken', async (t) => {
      const world = createWorld(t)
      const [mortal, heir] = [await world.node({ leaseTtlMs: 1 }), await world.node({ slots: 1 })]
      const lease = await taken(mortal, 'a')
      await waitFor(() => heir.leases.take('b', {}))
      const late = entryUnder(lease)
      await mortal.sessions.bind(late)
      await ended(heir, late.session)
      assert.deepEqual(await reaped(heir, 0), [late.session])
    })

    it('spares a session that moved on', async (t) => {
      const world = createWorld(t)
      const [mortal, node] = [await world.node({ leaseTtlMs: 1 }), await world.node()]
      const entry = entryUnder(await taken(mortal, 'a'))
      await mortal.sessions.bind(entry)
      const moved = entryUnder(await taken(node, 'b', 7), { session: entry.session, generation: 2 })
      await node.sessions.bind(moved)
      await waitFor(async () => (await node.sessions.liveSlots()).found.length === 1)
      assert.deepEqual(await reaped(node, 0), [])
      assert.equal((await node.sessions.ofSession(entry.session)).found?.live, true)
    })

    it('spares a session that is resumed while it is being reported', async (t) => {
      const world = createWorld(t)
      const [mortal, node] = [await world.node({ leaseTtlMs: 1 }), await world.node()]
      const entry = entryUnder(await taken(mortal, 'a'))
      await mortal.sessions.bind(entry)
      const moved = entryUnder(await taken(node, 'b', 7), { session: entry.session, generation: 2 })
      await ended(node, entry.session)
      const report = async () => void (await node.sessions.bind(moved))
      assert.equal(await node.sessions.reap({ graceMs: 0, limit: 10, report }), 0)
      assert.equal((await node.sessions.ofSession(entry.session)).found?.generation, 2)
    })

    it('finds again what could not be reported', async (t) => {
      const mortal = await createWorld(t).node({ leaseTtlMs: 1 })
      const entry = entryUnder(await taken(mortal, 'a'))
      await mortal.sessions.bind(entry)
      await ended(mortal, entry.session)
      const report = async () => {
        throw new Error('Kafka is away')
      }
      await assert.rejects(mortal.sessions.reap({ graceMs: 0, limit: 10, report }), /Kafka is away/)
      assert.deepEqual(await reaped(mortal, 0), [entry.session])
    })

    it('lets one node reap at a time', async (t) => {
      const world = createWorld(t)
      const [mortal, other] = [await world.node({ leaseTtlMs: 1 }), await world.node()]
      const entry = entryUnder(await taken(mortal, 'a'))
      await mortal.sessions.bind(entry)
      await ended(other, entry.session)
      const report = async () => assert.deepEqual(await reaped(other, 0), [])
      assert.equal(await mortal.sessions.reap({ graceMs: 0, limit: 10, report }), 1)
    })

    it('reports as many at a time as it is told to, and works through all there are', async (t) => {
      const mortal = await createWorld(t).node({ leaseTtlMs: 1 })
      const lease = await taken(mortal, 'a')
      const entries = Array.from({ length: 450 }, (_, index) =>
        entryUnder(lease, { session: `s${index}`, user: `u${index % 7}` }),
      )
      await mortal.sessions.bindAll(entries)
      await ended(mortal, 's449')
      const sizes: number[] = []
      const report = async (some: readonly SessionEntry[]) => void sizes.push(some.length)
      assert.equal(await mortal.sessions.reap({ graceMs: 0, limit: 200, report }), 450)
      assert.deepEqual(sizes, [200, 200, 50])
      assert.deepEqual(await reaped(mortal, 0), [])
    })

    it('leaves what a failed report was about and all behind it, and nothing before it', async (t) => {
      const mortal = await createWorld(t).node({ leaseTtlMs: 1 })
      const lease = await taken(mortal, 'a')
      await mortal.sessions.bindAll(
        Array.from({ length: 30 }, (_, n) => entryUnder(lease, { session: `s${n}` })),
      )
      await ended(mortal, 's29')
      const told = new Set<string>()
      const report = async (some: readonly SessionEntry[]) => {
        if (told.size === 20) throw new Error('Kafka went away')
        for (const { session } of some) told.add(session)
      }
      await assert.rejects(mortal.sessions.reap({ graceMs: 0, limit: 10, report }), /Kafka went away/)
      const rest = await reaped(mortal, 0)
      assert.equal(rest.length, 10)
      assert.ok(rest.every((session) => !told.has(session)))
    })

    it('clears five thousand sessions of a killed node in one round', async (t) => {
      const world = createWorld(t)
      const [mortal, node] = [await world.node({ leaseTtlMs: 1 }), await world.node()]
      const lease = await taken(mortal, 'a')
      const count = 5_000
      const entries = Array.from({ length: count }, (_, n) =>
        entryUnder(lease, { session: `s${n}`, user: `u${n % 3_000}` }),
      )
      await mortal.sessions.bindAll(entries)
      await ended(node, `s${count - 1}`)
      let turns = 0
      const beat = setInterval(() => void turns++, 1)
      const start = performance.now()
      const names = await reaped(node, 0)
      const took = performance.now() - start
      clearInterval(beat)
      t.diagnostic(`${count} entries in ${took.toFixed(0)} ms, ${turns} turns of a 1 ms timer meanwhile`)
      assert.equal(new Set(names).size, count)
      assert.equal(names.length, count)
      for (const n of [0, 2_999, count - 1])
        assert.deepEqual((await node.sessions.ofUser('acme', `u${n % 3_000}`)).found, [])
    })
  })
}
