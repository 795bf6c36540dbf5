// What every registry must do with sessions, whatever it is made of.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SessionEntry } from '../../../gateway/delivery/ports.ts'
import { waitFor } from '../../support/wait.ts'
import { type CreateWorld, entryUnder, taken } from './worlds.ts'

const names = (entries: readonly SessionEntry[]): string[] => entries.map(({ session }) => session).sort()

export const sessionContract = (name: string, createWorld: CreateWorld): void => {
  describe(`sessions in ${name}`, () => {
    it('finds an entry by its session and by its user, live, from any node', async (t) => {
      const world = createWorld(t)
      const [node, other] = [await world.node(), await world.node()]
      const entry = entryUnder(await taken(node, 'a'))
      await node.sessions.bind(entry)
      const expected = { ...entry, live: true, detachedMs: 0 }
      assert.deepEqual((await other.sessions.ofSession(entry.session)).found, expected)
      assert.deepEqual((await other.sessions.ofUser('acme', 'alice')).found, [expected])
    })

    it('finds nothing of nobody', async (t) => {
      const node = await createWorld(t).node()
      assert.equal((await node.sessions.ofSession('nobody')).found, undefined)
      assert.deepEqual((await node.sessions.ofUser('acme', 'nobody')).found, [])
      assert.deepEqual((await node.sessions.liveSlots()).found, [])
    })

    it('keeps every session of a user apart and together', async (t) => {
      const node = await createWorld(t).node()
      const [one, other] = [await taken(node, 'a'), await taken(node, 'b')]
      const entries = [entryUnder(one), entryUnder(one), entryUnder(other)]
      for (const entry of entries) await node.sessions.bind(entry)
      assert.deepEqual(names((await node.sessions.ofUser('acme', 'alice')).found), names(entries))
      const [gone, ...left] = entries
      await node.sessions.unbind(gone as SessionEntry)
      assert.deepEqual(names((await node.sessions.ofUser('acme', 'alice')).found), names(left))
    })

    it('gives back every text unharmed, and mixes up no two', async (t) => {
      const node = await createWorld(t).node()
      const lease = await taken(node, 'a')
      const owners: [tenant: string, user: string | undefined][] = [
        ['a/b', 'c'],
        ['a', 'b/c'],
        ['a', 'b%2Fc'],
        ['', 'a/b/c'],
        ['a', undefined],
        ['a', ''],
        ['a', 'undefined'],
        ['{a}', 'b c\n\0'],
        ['a', '\ud800'],
        ['a', '\ud801'],
        ['a', '\ufffd'],
        ['a', '%uD800'],
        ['é', 'e\u0301 🦞'],
      ]
      for (const [index, [tenant, user]] of owners.entries()) {
        const { user: _, ...anonymous } = entryUnder(lease, { tenant, session: `s/${index} {x}` })
        await node.sessions.bind(user === undefined ? anonymous : { ...anonymous, user })
      }
      for (const [index, [tenant, user]] of owners.entries()) {
        const { found } = await node.sessions.ofSession(`s/${index} {x}`)
        assert.deepEqual([found?.tenant, found?.user], [tenant, user])
        if (user !== undefined)
          assert.deepEqual(names((await node.sessions.ofUser(tenant, user)).found), [`s/${index} {x}`])
      }
    })

    it('moves a session to where a higher generation is, and leaves no trace where it was', async (t) => {
      const node = await createWorld(t).node()
      const [from, to] = [await taken(node, 'a'), await taken(node, 'b')]
      const entry = entryUnder(from)
      await node.sessions.bind(entry)
      const moved = { ...entryUnder(to), session: entry.session, generation: 2 }
      await node.sessions.bind(moved)
      assert.deepEqual((await node.sessions.ofUser('acme', 'alice')).found, [
        { ...moved, live: true, detachedMs: 0 },
      ])
    })

    it('never lets an older generation overwrite or remove a newer one', async (t) => {
      const node = await createWorld(t).node()
      const [from, to] = [await taken(node, 'a'), await taken(node, 'b')]
      const old = entryUnder(from, { generation: 1_763_900_000_001 })
      const current = entryUnder(to, { session: old.session, generation: 1_763_900_000_002 })
      await node.sessions.bind(current)
      await node.sessions.bind(old)
      await node.sessions.unbind(old)
      assert.equal((await node.sessions.ofSession(old.session)).found?.generation, current.generation)
      assert.equal((await node.sessions.ofUser('acme', 'alice')).found[0]?.slot, to.slot)
      await node.sessions.unbind(current)
      assert.equal((await node.sessions.ofSession(old.session)).found, undefined)
      assert.deepEqual((await node.sessions.ofUser('acme', 'alice')).found, [])
    })

    it('holds the newest entry after a session flapped between nodes in any order', async (t) => {
      const node = await createWorld(t).node()
      const leases = [await taken(node, 'a'), await taken(node, 'b')]
      const session = 'flapping'
      const generations = Array.from({ length: 60 }, (_, index) =>
        entryUnder(leases[index % 2] ?? assert.fail(), { session, generation: index + 1 }),
      )
      const shuffled = generations.map((entry) => ({ entry, at: Math.random() })).sort((a, b) => a.at - b.at)
      await Promise.all(
        shuffled.flatMap(({ entry }) => [
          node.sessions.bind(entry),
          ...(entry.generation < 60 ? [node.sessions.unbind(entry)] : []),
        ]),
      )
      const { found } = await node.sessions.ofSession(session)
      assert.deepEqual([found?.generation, found?.slot], [60, leases[1]?.slot])
      assert.equal((await node.sessions.ofUser('acme', 'alice')).found.length, 1)
    })

    it('enters the same entry twice without harm', async (t) => {
      const node = await createWorld(t).node()
      const entry = entryUnder(await taken(node, 'a'))
      await node.sessions.bind(entry)
      await node.sessions.bindAll([entry, entry])
      assert.equal((await node.sessions.ofUser('acme', 'alice')).found.length, 1)
    })

    it('calls the sessions of a dead node detached, and says for how long', async (t) => {
      const world = createWorld(t)
      const [mortal, other] = [await world.node({ leaseTtlMs: 1 }), await world.node()]
      const entry = entryUnder(await taken(mortal, 'a'))
      await mortal.sessions.bind(entry)
      const found = await waitFor(async () => {
        const [first] = (await other.sessions.ofUser('acme', 'alice')).found
        return first && !first.live && first.detachedMs > 20 && first
      })
      assert.ok(found.detachedMs < 60_000)
      assert.equal((await other.sessions.ofSession(entry.session)).found?.live, false)
    })

    it('calls them detached also after the slot has a new holder, whose sessions are live', async (t) => {
      const world = createWorld(t)
      const [mortal, heir] = [await world.node({ leaseTtlMs: 1 }), await world.node({ slots: 1 })]
      const orphan = entryUnder(await taken(mortal, 'a'))
      await mortal.sessions.bind(orphan)
      const heirs = entryUnder(await waitFor(() => heir.leases.take('b', {})))
      await heir.sessions.bind(heirs)
      assert.equal(heirs.slot, orphan.slot)
      assert.equal((await heir.sessions.ofSession(heirs.session)).found?.live, true)
      assert.equal((await heir.sessions.ofSession(orphan.session)).found?.live, false)
    })

    it('names the slots that are live', async (t) => {
      const world = createWorld(t)
      const [mortal, node] = [await world.node({ leaseTtlMs: 1 }), await world.node()]
      await taken(mortal, 'a', 3)
      await taken(node, 'b', 5)
      await taken(node, 'c', 7)
      const slots = await waitFor(async () => {
        const { found } = await node.sessions.liveSlots()
        return found.length === 2 && found
      })
      assert.deepEqual(new Set(slots), new Set([5, 7]))
    })
  })
}
