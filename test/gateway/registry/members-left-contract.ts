// What every registry must do with the members of nodes that died, and after a wipe.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { MemberChange } from '../../../gateway/channels/members-port.ts'
import { waitFor } from '../../support/wait.ts'
import { listed, opened as openedIn, place, said, standing, told, write } from './members-fixture.ts'
import { type CreateWorld, taken } from './worlds.ts'

export const membersLeftContract = (name: string, createWorld: CreateWorld): void => {
  const opened = (t: TestContext) => openedIn(t, createWorld)

  describe(`members that died with their node in ${name}`, () => {
    it('leaves those of live leases, and has those of a dead one told once', async (t) => {
      const { node, other, keeper, one, two } = await opened(t)
      await write(
        node,
        standing(one, 1),
        standing(two, 1, { user: 'bob' }),
        standing(one, 1, { user: 'bob' }),
      )
      assert.deepEqual(await told(other), [])
      await keeper.leases.release(one)
      const [gone, ...more] = await told(other)
      assert.deepEqual([said(gone), more.length], ['left alice', 0])
      assert.deepEqual([gone?.tenant, gone?.channel], ['acme', 'room:7'])
      assert.deepEqual(await listed(node), ['bob 1'])
      assert.deepEqual(await told(node), [])
    })

    it('has those told whose slot another has taken since', async (t) => {
      const { node, keeper, one } = await opened(t)
      await write(node, standing(one, 1))
      await keeper.leases.release(one)
      const next = await taken(keeper, 'c', one.slot)
      assert.equal(next.slot, one.slot)
      await write(node, standing(next, 1, { user: 'bob' }))
      assert.deepEqual((await told(node)).map(said), ['left alice'])
      assert.deepEqual(await listed(node), ['bob 1'])
    })

    it('finds again what could not be told, and not who came back meanwhile', async (t) => {
      const { node, keeper, one, two } = await opened(t)
      await write(node, standing(one, 1), standing(one, 1, { user: 'bob' }))
      await keeper.leases.release(one)
      const report = async () => {
        throw new Error('Kafka is away')
      }
      await assert.rejects(node.members.tell({ most: 1_000, limit: 10, report }), /Kafka is away/)
      assert.deepEqual(await write(node, standing(two, 1, { user: 'bob' })), ['joined bob'])
      assert.deepEqual((await told(node)).map(said), ['left alice'])
      assert.deepEqual(await listed(node), ['bob 1'])
    })

    it('lets one node tell at a time', async (t) => {
      const { node, other, keeper, one } = await opened(t)
      await write(node, standing(one, 1))
      await keeper.leases.release(one)
      let within: readonly MemberChange[] | undefined
      await node.members.tell({
        most: 1_000,
        limit: 10,
        report: async () => void (within = await told(other)),
      })
      assert.deepEqual(within, [])
    })

    it('has many told, as many at a time as it is told to, those who went without a word among them', async (t) => {
      const { node, keeper, one, two } = await opened(t)
      const users = Array.from({ length: 300 }, (_, n) => `u${n}`)
      await node.members.write(
        users.slice(0, 200).map((user) => standing(one, 1, { user })),
        1_000,
      )
      await node.members.write(
        users.slice(200).map((user) => standing(one, 1, { user })),
        1_000,
      )
      await node.members.write(
        users.slice(0, 150).map((user) => standing(two, 1, { user })),
        1_000,
      )
      await keeper.leases.release(one)
      assert.deepEqual(new Set((await told(node, 40)).map(({ user }) => user)), new Set(users.slice(150)))
      assert.equal((await node.members.list(place, 0)).count, 150)
    })

    it('tells nobody of channels with more users than it is told, whoever comes and goes', async (t) => {
      const { node, keeper, one, two } = await opened(t)
      const users = ['a', 'b', 'c', 'd']
      const all = users.map((user) => standing(one, 1, { user }))
      assert.deepEqual((await node.members.write(all, 2)).map(said), ['joined a', 'joined b', 'same', 'same'])
      const goings = users.slice(0, 2).map((user) => standing(one, 0, { user }))
      assert.deepEqual((await node.members.write(goings, 2)).map(said), ['same', 'same'])
      assert.equal(await node.members.count(one.slot, one.epoch), 2)
      await node.members.write([standing(two, 1)], 2)
      await keeper.leases.release(one)
      const left: MemberChange[] = []
      await node.members.tell({ most: 2, limit: 10, report: async (some) => void left.push(...some) })
      assert.equal(left.length, 1, 'from three to two in silence, from two to one told')
      assert.deepEqual(await listed(node), ['alice 1'])
    })

    it('says nothing of those who are entered again after a wipe, and of goings only when all are back', async (t) => {
      const { world, node, keeper, one, two } = await opened(t)
      await write(node, standing(one, 1), standing(two, 1))
      await world.wipe()
      assert.deepEqual(await write(node, standing(one, 0)), ['later'], 'the other node may have alice')
      assert.deepEqual(await write(node, standing(two, 1, { entry: 'again' })), ['same'])
      assert.deepEqual(await write(node, standing(two, 1, { user: 'new' })), ['joined new'])
      assert.deepEqual(await told(node), [], 'who is to be told is not known yet')
      for (const lease of [one, two]) {
        await keeper.leases.renew(lease, true)
        await keeper.leases.renew(lease, true)
      }
      await waitFor(async () => (await node.sessions.ofSession('s')).complete)
      assert.deepEqual(await write(node, standing(one, 0)), ['same'])
      assert.deepEqual(await listed(node), ['alice 1', 'new 1'])
      assert.deepEqual(await write(node, standing(two, 0)), ['left alice'])
    })
  })
}
