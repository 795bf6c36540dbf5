// What every registry must do when a user may keep only so many sessions, whatever it is made of.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { SessionEntry } from '../../../gateway/delivery/ports.ts'
import { waitFor } from '../../support/wait.ts'
import { type CreateWorld, entryUnder, taken } from './worlds.ts'

const names = (entries: readonly SessionEntry[]): string[] => entries.map(({ session }) => session)

export const policyContract = (name: string, createWorld: CreateWorld): void => {
  const opened = async (t: TestContext) => {
    const node = await createWorld(t).node()
    const lease = await taken(node, 'a')
    const entry = (session: string, generation: number, of: Partial<SessionEntry> = {}) =>
      entryUnder(lease, { session, generation, ...of })
    const kept = async (user = 'alice', tenant = 'acme') =>
      names((await node.sessions.ofUser(tenant, user)).found).sort()
    return { node, lease, entry, kept, bind: node.sessions.bind }
  }

  describe(`session policy in ${name}`, () => {
    it('evicts nobody where no number is given', async (t) => {
      const { bind, entry, kept } = await opened(t)
      for (let n = 1; n <= 5; n++) assert.deepEqual(await bind(entry(`s${n}`, n)), [])
      assert.equal((await kept()).length, 5)
    })

    it('keeps the newest where one is allowed, and answers the older as it was entered', async (t) => {
      const { node, bind, entry, kept } = await opened(t)
      const [older, newer] = [entry('older', 7), entry('newer', 8)]
      assert.deepEqual(await bind(older, 1), [])
      assert.deepEqual(await bind(newer, 1), [older])
      assert.deepEqual(await kept(), ['newer'])
      assert.equal((await node.sessions.ofSession('older')).found, undefined)
    })

    it('keeps as many as are allowed, and evicts the lowest generations first', async (t) => {
      const { bind, entry, kept } = await opened(t)
      for (const [session, generation] of [
        ['a', 30],
        ['b', 10],
        ['c', 20],
      ] as const)
        assert.deepEqual(await bind(entry(session, generation), 3), [])
      assert.deepEqual(names(await bind(entry('d', 40), 3)), ['b'])
      assert.deepEqual(names(await bind(entry('e', 50), 2)), ['c', 'a'])
      assert.deepEqual(await kept(), ['d', 'e'])
    })

    it('refuses an entry of a generation lower than those that may stay, and answers it', async (t) => {
      const { node, bind, entry, kept } = await opened(t)
      for (const n of [5, 6]) await bind(entry(`s${n}`, n))
      const late = entry('late', 4)
      assert.deepEqual(await bind(late, 2), [late])
      assert.deepEqual(await kept(), ['s5', 's6'])
      assert.equal((await node.sessions.ofSession('late')).found, undefined)
    })

    it('keeps the one being bound among equals', async (t) => {
      const { bind, entry, kept } = await opened(t)
      await bind(entry('z', 5), 1)
      assert.deepEqual(names(await bind(entry('a', 5), 1)), ['z'])
      assert.deepEqual(names(await bind(entry('z', 5), 1)), ['a'])
      assert.deepEqual(await kept(), ['z'])
    })

    it('compares generations as numbers', async (t) => {
      const { bind, entry, kept } = await opened(t)
      await bind(entry('nine', 9), 1)
      assert.deepEqual(names(await bind(entry('ten', 10), 1)), ['nine'])
      assert.deepEqual(await kept(), ['ten'])
    })

    it('counts a session that comes back once', async (t) => {
      const { bind, entry, kept } = await opened(t)
      await bind(entry('s', 1), 2)
      await bind(entry('other', 2), 2)
      assert.deepEqual(await bind(entry('s', 3), 2), [])
      assert.deepEqual(await kept(), ['other', 's'])
    })

    it('changes nothing for an entry that a newer one of its session has overtaken', async (t) => {
      const { bind, entry, kept } = await opened(t)
      await bind(entry('s', 5))
      await bind(entry('other', 4))
      assert.deepEqual(await bind(entry('s', 3), 1), [])
      assert.deepEqual(await kept(), ['other', 's'])
    })

    it('counts detached sessions, those of dead nodes included', async (t) => {
      const world = createWorld(t)
      const [mortal, node] = [await world.node({ leaseTtlMs: 1 }), await world.node()]
      const orphan = entryUnder(await taken(mortal, 'a'))
      await mortal.sessions.bind(orphan)
      await waitFor(async () => (await node.sessions.ofSession(orphan.session)).found?.live === false)
      const entry = entryUnder(await taken(node, 'b', 7), { generation: 2 })
      assert.deepEqual(await node.sessions.bind(entry, 1), [orphan])
      const reported: SessionEntry[] = []
      const report = async (entries: readonly SessionEntry[]) => void reported.push(...entries)
      assert.equal(await node.sessions.reap({ graceMs: 0, limit: 10, report }), 0, 'it left no trace')
    })

    it('never counts anonymous principals, nor other users, nor other tenants', async (t) => {
      const { bind, entry, kept } = await opened(t)
      const { user: _, ...anonymous } = entry('n1', 1)
      assert.deepEqual(await bind(anonymous, 1), [])
      assert.deepEqual(await bind({ ...anonymous, session: 'n2' }, 1), [])
      await bind(entry('s1', 1), 1)
      assert.deepEqual(await bind(entry('s2', 2, { user: 'bob' }), 1), [])
      assert.deepEqual(await bind(entry('s3', 3, { tenant: '' }), 1), [])
      assert.deepEqual(await kept(), ['s1'])
      assert.deepEqual(await kept('bob'), ['s2'])
      assert.deepEqual(await kept('alice', ''), ['s3'])
    })

    it('lets exactly one of many stay that come at the same time', async (t) => {
      const world = createWorld(t)
      const nodes = await Promise.all(Array.from({ length: 4 }, () => world.node()))
      const entries = await Promise.all(
        nodes.map(async (node, index) => {
          const lease = await taken(node, `n${index}`)
          return Array.from({ length: 20 }, (_, n) => entryUnder(lease, { generation: 1 + n * 4 + index }))
        }),
      )
      const bound = entries.flatMap((some, index) =>
        some.map((entry) => nodes[index]?.sessions.bind(entry, 1) ?? assert.fail()),
      )
      const evicted = (await Promise.all(bound)).flat()
      const { found } = await (nodes[0] ?? assert.fail()).sessions.ofUser('acme', 'alice')
      assert.deepEqual(
        found.map(({ generation }) => generation),
        [80],
      )
      assert.equal(evicted.length, 79, 'each of the others was answered once')
      assert.equal(new Set(names(evicted)).size, 79)
    })

    it('keeps the highest whatever the order', async (t) => {
      const { bind, entry, kept } = await opened(t)
      const orders = fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 })
      let user = 0
      await fc.assert(
        fc.asyncProperty(orders, fc.integer({ min: 1, max: 4 }), async (generations, most) => {
          const of = { user: `user-${user++}` }
          const evicted: SessionEntry[] = []
          for (const n of generations) evicted.push(...(await bind(entry(`${of.user}.${n}`, n, of), most)))
          const sorted = generations.toSorted((one, other) => one - other)
          assert.deepEqual(
            await kept(of.user),
            sorted.slice(-most).map((n) => `${of.user}.${n}`),
          )
          assert.equal(evicted.length, Math.max(0, generations.length - most))
        }),
        { numRuns: 40 },
      )
    })
  })
}
