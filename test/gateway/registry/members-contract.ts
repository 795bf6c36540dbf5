// What every registry must do with who is on which channel, whatever it is made of.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { MemberChange } from '../../../gateway/channels/members-port.ts'
import type { Lease } from '../../../gateway/registry/ports.ts'
import { listed, opened as openedIn, place, said, standing, write } from './members-fixture.ts'
import type { CreateWorld } from './worlds.ts'

export const membersContract = (name: string, createWorld: CreateWorld): void => {
  const opened = (t: TestContext) => openedIn(t, createWorld)

  describe(`members in ${name}`, () => {
    it('tells a coming once and a going once, however many sessions and nodes there are', async (t) => {
      const { node, other, one, two } = await opened(t)
      assert.deepEqual(await write(node, standing(one, 1)), ['joined alice'])
      assert.deepEqual(await write(node, standing(one, 2)), ['same'])
      assert.deepEqual(await write(other, standing(two, 1)), ['same'])
      assert.deepEqual(await listed(node), ['alice 3'])
      assert.deepEqual(await write(node, standing(one, 0)), ['same'])
      assert.deepEqual(await listed(other), ['alice 1'])
      assert.deepEqual(await write(other, standing(two, 0)), ['left alice'])
      assert.deepEqual(await listed(other), [])
    })

    it('changes nothing when the same is written again', async (t) => {
      const { node, one } = await opened(t)
      await write(node, standing(one, 2))
      assert.deepEqual(await write(node, standing(one, 2), standing(one, 2, { entry: 'again' })), [
        'same',
        'same',
      ])
      assert.deepEqual(await listed(node), ['alice 2'])
      assert.equal(await node.members.count(one.slot, one.epoch), 1)
    })

    it('tells a coming again where nobody knows whether it was told', async (t) => {
      const { node, one } = await opened(t)
      await write(node, standing(one, 1))
      assert.deepEqual(await write(node, standing(one, 1, { entry: 'unsure' })), ['joined alice'])
    })

    it('keeps tenants, channels and users apart, whatever their names', async (t) => {
      const { node, one } = await opened(t)
      const names = ['a', 'a/b', '%', ' ', '{x}', 'ü', '', 'a b']
      const all = names.flatMap((tenant) =>
        names.map((channel) => ({ tenant, channel, user: `${channel}/u` })),
      )
      const answers = await node.members.write(
        all.map((each) => standing(one, 1, each)),
        1_000,
      )
      assert.ok(answers.every((each) => said(each).startsWith('joined')))
      for (const { tenant, channel, user } of all) {
        const { members, count } = await node.members.list({ tenant, channel }, 10)
        assert.deepEqual([members, count], [[{ user, sessions: 1 }], 1])
      }
      assert.equal(await node.members.count(one.slot, one.epoch), all.length)
    })

    it('gives each change of a user a higher version than the one before', async (t) => {
      const { node, other, one, two } = await opened(t)
      const changes: MemberChange[] = []
      for (const [by, lease, sessions] of [
        [node, one, 1],
        [node, one, 0],
        [other, two, 1],
        [other, two, 0],
      ] as const)
        for (const each of await by.members.write([standing(lease, sessions)], 1_000))
          if (typeof each === 'object') changes.push(each)
      assert.deepEqual(
        changes.map(({ change }) => change),
        ['joined', 'left', 'joined', 'left'],
      )
      for (const [n, { version }] of changes.entries())
        assert.ok(n === 0 || version > (changes[n - 1]?.version ?? Number.POSITIVE_INFINITY))
    })

    it('shows who they are, as far as somebody said, and only counts where there are more than asked for', async (t) => {
      const { node, one, two } = await opened(t)
      await write(node, standing(one, 1, { info: 'red team' }), standing(one, 1, { user: 'bob' }))
      assert.deepEqual(await listed(node), ['alice 1 red team', 'bob 1'])
      await write(node, standing(two, 1, { info: 'blue  team' }))
      assert.deepEqual(await listed(node), ['alice 2 blue  team', 'bob 1'])
      await write(node, standing(two, 0))
      assert.deepEqual(await listed(node), ['alice 1 blue  team', 'bob 1'])
      assert.deepEqual(await node.members.list(place, 1), { members: [], count: 2 })
    })

    it('moves a user from one lease to another without a word', async (t) => {
      const { node, one, two } = await opened(t)
      await write(node, standing(one, 2))
      assert.deepEqual(await write(node, standing(two, 2), standing(one, 0)), ['same', 'same'])
      assert.deepEqual(await listed(node), ['alice 2'])
      assert.equal(await node.members.count(one.slot, one.epoch), 0)
    })

    it('notes a going until it was told, and forgets it then', async (t) => {
      const { node, one } = await opened(t)
      await write(node, standing(one, 1))
      assert.deepEqual(await write(node, standing(one, 0)), ['left alice'])
      assert.equal(await node.members.count(one.slot, one.epoch), 1)
      assert.deepEqual(
        await write(node, standing(one, 0)),
        ['left alice'],
        'whoever was to tell it tries again',
      )
      await node.members.told([standing(one, 0)])
      assert.equal(await node.members.count(one.slot, one.epoch), 0)
      assert.deepEqual(await write(node, standing(one, 0)), ['same'])
    })

    it('does not forget who came back before the going was told', async (t) => {
      const { node, one } = await opened(t)
      await write(node, standing(one, 1), standing(one, 0))
      assert.deepEqual(await write(node, standing(one, 1)), ['joined alice'])
      await node.members.told([standing(one, 0)])
      assert.deepEqual(await listed(node), ['alice 1'])
      assert.equal(await node.members.count(one.slot, one.epoch), 1)
    })

    it('counts what a model counts, whatever is written in whatever order', async (t) => {
      const { node, one, two } = await opened(t)
      const leases = [one, two]
      const step = fc.record({
        lease: fc.nat(1),
        user: fc.constantFrom('a', 'b', 'c'),
        sessions: fc.nat(2),
      })
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const channel = `model:${round++}`
          const model = new Map<string, number>()
          const total = (user: string) => (model.get(`${user} 0`) ?? 0) + (model.get(`${user} 1`) ?? 0)
          for (const { lease, user, sessions } of steps) {
            const before = total(user)
            model.set(`${user} ${lease}`, sessions)
            const after = total(user)
            const at = standing(leases[lease] as Lease, sessions, { channel, user })
            const [answer] = await node.members.write([at], 1_000)
            if (after > 0) assert.equal(said(answer), before === 0 ? `joined ${user}` : 'same')
            else if (before > 0) assert.equal(said(answer), `left ${user}`)
            if (said(answer).startsWith('left')) await node.members.told([at])
          }
          const { members } = await node.members.list({ tenant: 'acme', channel }, 10)
          const expected = ['a', 'b', 'c'].flatMap((user) =>
            total(user) > 0 ? [{ user, sessions: total(user) }] : [],
          )
          assert.deepEqual(members, expected)
        }),
        { numRuns: 30 },
      )
    })
  })
}
