// What tests of presence start from: nodes that share a registry and a topic, each with channels and clients of its own.
import type { TestContext } from 'node:test'
import { createMemoryBroker } from '../../../gateway/broker/memory.ts'
import { readMemberRecord } from '../../../gateway/channels/member-records.ts'
import { createPresence, type MemberPresence, type PresenceDeps } from '../../../gateway/channels/presence.ts'
import type { ChannelRule } from '../../../gateway/channels/rules.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import { createAppend } from '../../../gateway/delivery/surely.ts'
import { createMemoryRegistry } from '../../../gateway/registry/memory.ts'
import { MemoryStore } from '../../../gateway/registry/memory-store.ts'
import type { Lease, Registry } from '../../../gateway/registry/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { fakeSession } from '../fakes.ts'
import { type ChannelsWorld, channelsOver, ruleFor, TestClient } from './world.ts'

const secrets = ['a secret of this test']

export type PresenceNode = ChannelsWorld & {
  readonly presence: MemberPresence
  readonly registry: Registry
  lease: Lease
  readonly failures: string[]
  /** A client of this user, on the channel and told of its members unless `members` is false. */
  comes(
    user: string,
    options?: { channel?: string; members?: boolean; session?: string },
  ): Promise<TestClient>
  /** Its connection is lost. */
  loses(client: TestClient): void
}

export type PresenceWorld = {
  readonly store: MemoryStore
  readonly topic: string
  node(options?: Partial<PresenceDeps> & { rule?: Partial<ChannelRule> }): Promise<PresenceNode>
}

export async function presenceWorld(t: TestContext, leaseTtl = 50): Promise<PresenceWorld> {
  const store = new MemoryStore()
  const broker = createMemoryBroker()
  const topic = randomName('channels')
  await broker.topics.create([{ name: topic, partitions: 1, replication: 1, configs: {}, purpose: 'a test' }])
  const timers = new TimerWheel(5)
  onEnd(t, () => timers.stop())
  const node: PresenceWorld['node'] = async ({ rule, ...options } = {}) => {
    const registry = createMemoryRegistry({ leaseTtlMs: leaseTtl, slots: 8, store })
    const ending = new AbortController()
    const rules = [ruleFor(topic, { members: true, ...rule })]
    const failures: string[] = []
    const first = await registry.leases.take(randomName('n'), {})
    if (first === undefined) throw new Error('no slot was free')
    const state = { lease: first }
    const presence = createPresence({
      members: registry.members,
      available: () => registry.available,
      held: () => ({ ...state.lease, fresh: () => true }),
      topicOf: () => topic,
      append: createAppend(broker.publisher(), ending.signal),
      secret: secrets[0] ?? '',
      timers,
      leaseTtl,
      linger: 40,
      most: 3,
      signal: ending.signal,
      onFailure: (what, failure) => void failures.push(`${what}: ${String(failure)}`),
      ...options,
    })
    onEnd(t, () => {
      ending.abort()
      return registry.close()
    })
    const world = channelsOver(t, broker.ranges, topic, {
      rules,
      sources: { readMember: (record) => readMemberRecord(record, secrets) },
      channels: { presence },
    })
    return Object.assign(state, {
      ...world,
      presence,
      registry,
      failures,
      async comes(user: string, { channel = 'room:7', members = true, session = randomName('s') } = {}) {
        const client = new TestClient()
        client.principal = { tenant: 'acme', claims: {}, ...(user === '' ? {} : { user }) }
        client.session = { ...fakeSession(), id: session }
        world.channels.subscribe(client, { kind: 'subscribe', id: 's', channel, members })
        await waitFor(() => client.of('subscribed').length > 0)
        return client
      },
      loses(client: TestClient) {
        client.open = false
        world.channels.left(client)
      },
    })
  }
  return { store, topic, node }
}

/** Renews the lease of each node that lives, so that those of others end. */
export async function beat(...nodes: readonly PresenceNode[]): Promise<void> {
  for (const { registry, lease } of nodes) await registry.leases.renew(lease, true)
}

/** What a client was told: `joined alice`, `left bob`. */
export const toldTo = (client: TestClient): string[] =>
  client.seen
    .filter(({ kind }) => kind === 'joined' || kind === 'left')
    .map(({ kind, member }) => `${kind} ${(member as { user: string }).user}`)

/** Users and their sessions on a channel, as a client is answered. */
export async function askedBy(node: PresenceNode, client: TestClient, channel = 'room:7'): Promise<string[]> {
  const before = client.of('members').length
  node.channels.members(client, { kind: 'members', id: 'm', channel })
  await waitFor(() => client.of('members').length > before)
  const { members, count } = client.of('members').at(-1) as unknown as {
    members: { user: string; sessions: number }[]
    count: number
  }
  return [...members.map(({ user, sessions }) => `${user} ${sessions}`), `of ${count}`]
}
