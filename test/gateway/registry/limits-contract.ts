// What every registry must do with windows that all nodes count in, and with what live nodes have together.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { type CreateWorld, taken } from './worlds.ts'

const rate = { count: 5, windowMs: 60_000 }

export const limitsContract = (name: string, createWorld: CreateWorld): void => {
  describe(`windows of ${name}`, () => {
    it('add up what all nodes count, each key and limit for itself', async (t) => {
      const world = createWorld(t)
      const [one, other] = [await world.node(), await world.node()]
      await one.windows.add('address', '192.0.2.1', rate, 2)
      const { count, leftMs } = await other.windows.add('address', '192.0.2.1', rate, 1)
      assert.equal(count, 3)
      assert.ok(leftMs > 30_000 && leftMs <= 60_000, String(leftMs))
      assert.equal((await one.windows.add('address', '192.0.2.2', rate, 1)).count, 1)
      assert.equal((await one.windows.add('principal', '192.0.2.1', rate, 1)).count, 1)
      assert.ok((await one.windows.add('address', '192.0.2.1', rate, 9)).count > 5)
      assert.ok((await other.windows.add('address', '192.0.2.1', rate, 1)).count > 5)
      assert.ok((await other.windows.add('address', '192.0.2.1', rate, 1)).count > 5)
    })

    it('begin anew when they are over', async (t) => {
      const node = await createWorld(t).node()
      const second = { count: 2, windowMs: 1_000 }
      await node.windows.add('short', 'k', second, 5)
      await waitFor(async () => (await node.windows.add('short', 'k', second, 0)).count === 0)
    })
  })

  describe(`holdings of ${name}`, () => {
    it('are the sum of all live nodes, as each said last', async (t) => {
      const world = createWorld(t)
      const [one, other] = [await world.node(), await world.node()]
      const [first, second] = [await taken(one, 'a'), await taken(other, 'b')]
      assert.equal(await one.holdings.set('k', 3, first), 3)
      assert.equal(await other.holdings.set('k', 2, second), 5)
      assert.equal(await one.holdings.set('k', 1, first), 3)
      assert.equal(await one.holdings.set('other', 1, first), 1)
      assert.equal(await other.holdings.set('k', 0, second), 1)
      assert.equal(await one.holdings.set('k', 0, first), 0)
    })

    it('leave out those whose lease is over, taken anew, or forgotten', async (t) => {
      const world = createWorld(t)
      const [mortal, node] = [await world.node({ leaseTtlMs: 1 }), await world.node()]
      const [dead, lease] = [await taken(mortal, 'a', 1), await taken(node, 'b', 2)]
      await mortal.holdings.set('k', 7, dead)
      await waitFor(async () => (await node.holdings.set('k', 1, lease)) === 1)
      const heir = await waitFor(() => node.leases.take('c', { only: 1 }))
      assert.equal(await node.holdings.set('k', 2, heir), 3)
      await node.leases.release(lease)
      assert.equal(await node.holdings.set('k', 2, heir), 2)
    })
  })
}
