// What every registry must do with leases, whatever it is made of.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { type CreateWorld, taken } from './worlds.ts'

/** A lease that ends before anyone can look, so that nothing has to wait for an end. */
const short = { leaseTtlMs: 1 }

export const leaseContract = (name: string, createWorld: CreateWorld): void => {
  describe(`leases in ${name}`, () => {
    it('gives each slot to one holder, and none when all are held', async (t) => {
      const world = createWorld(t)
      const [one, other] = [await world.node({ slots: 3 }), await world.node({ slots: 3 })]
      const leases = [await taken(one, 'a'), await taken(other, 'b'), await taken(one, 'c')]
      assert.deepEqual(
        leases.map(({ slot }) => slot),
        [0, 1, 2],
      )
      assert.equal(await other.leases.take('d', {}), undefined)
    })

    it('gives no slot twice to nodes that ask at the same time', async (t) => {
      const world = createWorld(t)
      const nodes = await Promise.all(Array.from({ length: 4 }, () => world.node({ slots: 32 })))
      const leases = await Promise.all(
        nodes.flatMap((node, index) =>
          Array.from({ length: 10 }, (_, n) => node.leases.take(`${index}.${n}`, {})),
        ),
      )
      const slots = leases.flatMap((lease) => (lease ? [lease.slot] : []))
      assert.equal(slots.length, 32)
      assert.equal(new Set(slots).size, 32)
    })

    it('prefers the slot that was asked for while it is free, and never takes one to avoid', async (t) => {
      const node = await createWorld(t).node({ slots: 3 })
      assert.equal((await node.leases.take('a', { prefer: 2 }))?.slot, 2)
      assert.equal((await node.leases.take('b', { prefer: 2, avoid: [0] }))?.slot, 1)
      assert.equal(await node.leases.take('c', { avoid: [0] }), undefined)
    })

    it('takes the one slot it is told to, or none', async (t) => {
      const node = await createWorld(t).node({ slots: 3 })
      assert.equal((await node.leases.take('a', { only: 2 }))?.slot, 2)
      assert.equal(await node.leases.take('b', { only: 2 }), undefined)
      assert.equal((await node.leases.take('b', { only: 1, prefer: 0 }))?.slot, 1)
      assert.equal(await node.leases.take('c', { only: 0, avoid: [0] }), undefined)
      assert.equal(await node.leases.take('c', { only: 3 }), undefined, 'there is no such slot')
      assert.equal((await node.leases.take('c', { only: 0 }))?.slot, 0)
    })

    it('takes the one slot it is told to from a dead holder', async (t) => {
      const world = createWorld(t)
      const [mortal, heir] = [await world.node(short), await world.node()]
      const dead = await taken(mortal, 'a', 4)
      const next = await waitFor(() => heir.leases.take('b', { only: 4 }))
      assert.equal(next.slot, 4)
      assert.ok(next.epoch > dead.epoch)
    })

    it('takes the slot of a dead holder before one that nobody left anything in', async (t) => {
      const world = createWorld(t)
      const [mortal, heir] = [await world.node(short), await world.node()]
      const given = await taken(heir, 'a', 1)
      await heir.leases.release(given)
      await taken(mortal, 'b', 5)
      await waitFor(async () => (await heir.sessions.liveSlots()).found.length === 0)
      assert.equal((await taken(heir, 'c')).slot, 5)
      assert.equal((await taken(heir, 'd')).slot, 0)
    })

    it('raises the epoch with every take, and starts it from the clock', async (t) => {
      const node = await createWorld(t).node({ slots: 1 })
      const first = await taken(node, 'a')
      assert.ok(Math.abs(first.epoch - Date.now()) < 60_000)
      await node.leases.release(first)
      const second = await taken(node, 'a')
      assert.ok(second.epoch > first.epoch)
    })

    it('renews for the holder under its epoch, and for nobody else', async (t) => {
      const node = await createWorld(t).node()
      const lease = await taken(node, 'a')
      assert.equal(await node.leases.renew(lease, true), 'held')
      assert.equal(await node.leases.renew({ ...lease, holder: 'b' }, true), 'lost')
      assert.equal(await node.leases.renew({ ...lease, epoch: lease.epoch - 1 }, true), 'lost')
    })

    it('renews a lease that has run out while nobody else took the slot', async (t) => {
      const world = createWorld(t)
      const [mortal, other] = [await world.node(short), await world.node({ slots: 1 })]
      const lease = await taken(mortal, 'a')
      await waitFor(async () => (await other.sessions.liveSlots()).found.length === 0)
      assert.equal(await other.leases.renew(lease, true), 'held')
      assert.equal(await other.leases.take('b', {}), undefined)
    })

    it('tells the holder whose slot was taken over that it is lost', async (t) => {
      const world = createWorld(t)
      const [mortal, heir] = [await world.node(short), await world.node({ slots: 1 })]
      const lease = await taken(mortal, 'a')
      const next = await waitFor(() => heir.leases.take('b', {}))
      assert.ok(next.epoch > lease.epoch)
      assert.equal(await mortal.leases.renew(lease, true), 'lost')
      await mortal.leases.release(lease)
      assert.equal(await heir.leases.renew(next, true), 'held')
    })

    it('ends a lease that is given back, for its holder too', async (t) => {
      const node = await createWorld(t).node()
      const lease = await taken(node, 'a')
      await node.leases.release(lease)
      assert.deepEqual((await node.sessions.liveSlots()).found, [])
      assert.equal(await node.leases.renew(lease, true), 'lost')
    })

    it('puts a lease back after a wipe, unless another has taken the slot', async (t) => {
      const world = createWorld(t)
      const node = await world.node()
      const [kept, contested] = [await taken(node, 'a', 1), await taken(node, 'b', 2)]
      await world.wipe()
      await waitFor(() => Date.now() > contested.epoch)
      const thief = await taken(node, 'c', 2)
      assert.ok(thief.epoch > contested.epoch)
      assert.equal(await node.leases.renew(kept, true), 'restored')
      assert.equal(await node.leases.renew(kept, true), 'held')
      assert.equal(await node.leases.renew(contested, true), 'lost')
    })

    it('prefers the later lease when an old state of the registry has come back', async (t) => {
      const node = await createWorld(t).node()
      const old = await taken(node, 'a')
      const later = { slot: old.slot, holder: 'b', epoch: old.epoch + 1_000 }
      assert.equal(await node.leases.renew(later, true), 'restored')
      assert.equal(await node.leases.renew(old, true), 'lost')
    })

    it('refuses names that a lease could not be read back from', async (t) => {
      const node = await createWorld(t).node()
      await assert.rejects(node.leases.take('two words', {}), TypeError)
      await assert.rejects(node.leases.take('', {}), TypeError)
    })
  })
}
