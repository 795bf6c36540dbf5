// What every registry must do with who is on which channel, whatever it is made of.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { Counted, MemberChange, Standing } from '../../../gateway/channels/members-port.ts'
import type { Lease, Registry } from '../../../gateway/registry/ports.ts'
import { waitFor } from '../../support/wait.ts'
import { type CreateWorld, taken } from './worlds.ts'

const place = { tenant: 'acme', channel: 'room:7' }

const standing = (lease: Lease, sessions: number, given: Partial<Standing> = {}): Standing => ({
  ...place,
  user: 'alice',
  slot: lease.slot,
  epoch: lease.epoch,
  sessions,
  entry: 'new',
  ...given,
})

const said = (counted: Counted | undefined): string =>
  typeof counted === 'object' ? `${counted.change} ${counted.user}` : String(counted)

const write = async ({ members }: Registry, ...standings: Standing[]): Promise<string[]> =>
  (await members.write(standings)).map(said)

const listed = async ({ members }: Registry, most = 100): Promise<string[]> =>
  (await members.list(place, most)).members.map(({ user, sessions, info }) =>
    [user, sessions, ...(info === undefined ? [] : [info])].join(' '),
  )

/** Tells once, and answers what was told. */
async function told({ members }: Registry, limit = 100): Promise<MemberChange[]> {
  const all: MemberChange[] = []
  const removed = await members.tell({ limit, report: async (left) => void all.push(...left) })
  assert.equal(removed, all.length)
  return all
}

export const membersContract = (name: string, createWorld: CreateWorld): void => {
  /** Nodes of short leases hold none that lasts; a registry is complete for whoever has a short one soon. */
  const opened = async (t: TestContext) => {
    const world = createWorld(t)
    const [node, other] = [await world.node({ leaseTtlMs: 1 }), await world.node({ leaseTtlMs: 1 })]
    const keeper = await world.node()
    const [one, two] = [await taken(keeper, 'a'), await taken(keeper, 'b')]
    await waitFor(async () => (await node.sessions.ofSession('s')).complete)
    return { world, node, other, keeper, one, two }
  }

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
      const answers = await node.members.write(all.map((each) => standing(one, 1, each)))
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
        for (const each of await by.members.write([standing(lease, sessions)]))
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
      await assert.rejects(node.members.tell({ limit: 10, report }), /Kafka is away/)
      assert.deepEqual(await write(node, standing(two, 1, { user: 'bob' })), ['joined bob'])
      assert.deepEqual((await told(node)).map(said), ['left alice'])
      assert.deepEqual(await listed(node), ['bob 1'])
    })

    it('lets one node tell at a time', async (t) => {
      const { node, other, keeper, one } = await opened(t)
      await write(node, standing(one, 1))
      await keeper.leases.release(one)
      let within: readonly MemberChange[] | undefined
      await node.members.tell({ limit: 10, report: async () => void (within = await told(other)) })
      assert.deepEqual(within, [])
    })

    it('has many told, as many at a time as it is told to, those who went without a word among them', async (t) => {
      const { node, keeper, one, two } = await opened(t)
      const users = Array.from({ length: 300 }, (_, n) => `u${n}`)
      await node.members.write(users.slice(0, 200).map((user) => standing(one, 1, { user })))
      await node.members.write(users.slice(200).map((user) => standing(one, 1, { user })))
      await node.members.write(users.slice(0, 150).map((user) => standing(two, 1, { user })))
      await keeper.leases.release(one)
      assert.deepEqual(new Set((await told(node, 40)).map(({ user }) => user)), new Set(users.slice(150)))
      assert.equal((await node.members.list(place, 0)).count, 150)
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
            const [answer] = await node.members.write([at])
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
