// What the contract of members starts from: standings of alice on one channel, and what they come to as words.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Counted, MemberChange, Standing } from '../../../gateway/channels/members-port.ts'
import type { Lease, Registry } from '../../../gateway/registry/ports.ts'
import { waitFor } from '../../support/wait.ts'
import { type CreateWorld, taken } from './worlds.ts'

export const place = { tenant: 'acme', channel: 'room:7' }

export const standing = (lease: Lease, sessions: number, given: Partial<Standing> = {}): Standing => ({
  ...place,
  user: 'alice',
  slot: lease.slot,
  epoch: lease.epoch,
  sessions,
  entry: 'new',
  ...given,
})

export const said = (counted: Counted | undefined): string =>
  typeof counted === 'object' ? `${counted.change} ${counted.user}` : String(counted)

export const write = async ({ members }: Registry, ...standings: Standing[]): Promise<string[]> =>
  (await members.write(standings, 1_000)).map(said)

export const listed = async ({ members }: Registry, most = 100): Promise<string[]> =>
  (await members.list(place, most)).members.map(({ user, sessions, info }) =>
    [user, sessions, ...(info === undefined ? [] : [info])].join(' '),
  )

/** Tells once, and answers what was told. */
export async function told({ members }: Registry, limit = 100): Promise<MemberChange[]> {
  const all: MemberChange[] = []
  const removed = await members.tell({ most: 1_000, limit, report: async (left) => void all.push(...left) })
  assert.equal(removed, all.length)
  return all
}

/** Nodes of short leases hold none that lasts; a registry is complete for whoever has a short one soon. */
export const opened = async (t: TestContext, createWorld: CreateWorld) => {
  const world = createWorld(t)
  const [node, other] = [await world.node({ leaseTtlMs: 1 }), await world.node({ leaseTtlMs: 1 })]
  const keeper = await world.node()
  const [one, two] = [await taken(keeper, 'a'), await taken(keeper, 'b')]
  await waitFor(async () => (await node.sessions.ofSession('s')).complete)
  return { world, node, other, keeper, one, two }
}
