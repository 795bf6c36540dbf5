// When every registry must say that a miss proves nothing.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { type CreateWorld, entryUnder, taken } from './worlds.ts'

export const completenessContract = (name: string, createWorld: CreateWorld): void => {
  describe(`completeness of ${name}`, () => {
    it('is not given before the first lease, nor for one lease time after it', async (t) => {
      const world = createWorld(t)
      const [patient, hasty] = [await world.node(), await world.node({ leaseTtlMs: 1 })]
      assert.equal((await hasty.sessions.ofSession('s')).complete, false)
      await taken(patient, 'a')
      assert.equal((await patient.sessions.ofUser('acme', 'alice')).complete, false)
      await waitFor(async () => (await hasty.sessions.ofUser('acme', 'alice')).complete)
      assert.equal((await patient.sessions.liveSlots()).complete, false)
    })

    it('ends with a wipe, and comes back when every live slot has registered', async (t) => {
      const world = createWorld(t)
      const [node, reader] = [await world.node(), await world.node({ leaseTtlMs: 1 })]
      const [one, other] = [await taken(node, 'a'), await taken(node, 'b')]
      const entry = entryUnder(one)
      await node.sessions.bind(entry)
      await waitFor(async () => (await reader.sessions.ofSession(entry.session)).complete)

      await world.wipe()
      assert.deepEqual(await reader.sessions.ofSession(entry.session), { found: undefined, complete: false })
      assert.equal(await node.leases.renew(one, true), 'restored')
      assert.equal(await node.leases.renew(other, true), 'restored')
      await waitFor(async () => (await node.sessions.liveSlots()).found.length === 2)
      assert.equal((await reader.sessions.ofSession(entry.session)).complete, false)

      await node.sessions.bindAll([entry])
      assert.equal(await node.leases.renew(one, true), 'held')
      assert.equal((await reader.sessions.ofSession(entry.session)).complete, false, 'the other is missing')
      assert.equal(await node.leases.renew(other, true), 'held')
      const { found } = await waitFor(async () => {
        const answer = await reader.sessions.ofSession(entry.session)
        return answer.complete && answer
      })
      assert.equal(found?.live, true)
    })

    it('waits for a live slot that says it is registering, and not for a dead one', async (t) => {
      const world = createWorld(t)
      const [node, reader] = [await world.node(), await world.node({ leaseTtlMs: 1 })]
      const lease = await taken(node, 'a')
      const complete = async () => (await reader.sessions.ofSession('s')).complete
      await waitFor(complete)
      await node.leases.renew(lease, false)
      assert.equal(await complete(), false)
      await node.leases.release(lease)
      assert.equal(await complete(), true)
      await reader.leases.renew(await taken(reader, 'b'), false)
      await waitFor(complete)
    })
  })
}
