// Two tenants on one gateway for tests of what crosses over: the same names in both, and a way to know that nothing came.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Gateway } from '../../gateway/compose/gateway.ts'
import type { Overrides } from '../../gateway/config/load.ts'
import { type Frame, type TestClient, welcomed } from './client.ts'
import { type Cluster, startNode, testCluster } from './gateway.ts'
import type { Read } from './kafka.ts'
import { tokenFor } from './keys.ts'
import { randomName } from './names.ts'
import { waitFor } from './wait.ts'

/** The one that is attacked, and the one that attacks. */
export type Tenant = 'acme' | 'evil'
export type Member = TestClient & {
  readonly welcome: Frame
  readonly session: string
  readonly tenant: Tenant
}

export type Headers = Readonly<Record<string, string>>

export type Tenants = Cluster & {
  readonly node: Gateway
  readonly receipts: Read[]
  readonly quarantined: Read[]
  /** A topic of one partition whose feed is the evil tenant's: its backends may write that and nothing else. */
  readonly feed: string
  /** `alice` of a tenant, unless another user is named. */
  member(tenant: Tenant, options?: { user?: string; claims?: object; hello?: object }): Promise<Member>
  /** One record on a topic, keyed so that all of one test stand in one partition. */
  write(topic: string, headers: Headers, value?: string): Promise<void>
  /** Sends a message to a member on all ways, or not by dispatch, and answers what had come to it before. */
  cameTo(member: Member, by?: { readonly dispatch: boolean }): Promise<readonly Frame[]>
}

const key = 'one key for all'
const patience = { timeoutMs: 30_000 }

/** Frames that a client gets by itself, whatever others do. */
const own = new Set(['heartbeat', 'ack', 'subscribed', 'pong', 'members'])

export async function twoTenants(t: TestContext, overrides: Overrides = {}): Promise<Tenants> {
  const feed = randomName('evil-feed')
  const cluster = await testCluster(t, {
    overrides: {
      channels: {
        'secret:{room}': { subscribe: false },
        'room:{room}': { subscribe: true, publish: true, members: true },
        '{name*}': { subscribe: true, publish: true },
      },
      feeds: { evil: { topic: feed, to: 'header', tenant: 'evil' } },
      ...overrides,
    },
  })
  await cluster.kafka.createTopics([{ topic: feed }])
  const node = await startNode(t, cluster)
  const [receipts, quarantined] = await Promise.all([
    cluster.kafka.read(cluster.topics.receipts),
    cluster.kafka.read(cluster.topics.quarantine),
  ])
  const write: Tenants['write'] = (topic, headers, value = '"crossing"') =>
    cluster.kafka.send(topic, [{ key, value, headers }])
  let fences = 0
  const tenants: Tenants = {
    ...cluster,
    node,
    receipts,
    quarantined,
    feed,
    write,
    async member(tenant, { user = 'alice', claims = {}, hello = {} } = {}) {
      const client = await welcomed(
        t,
        node.port,
        await tokenFor(user, { claims: { tenant, ...claims } }),
        hello,
      )
      return Object.assign(client, { session: String(client.welcome['session']), tenant })
    },
    async cameTo(member, by = { dispatch: true }) {
      const fence = `fence ${fences++}`
      const of = { ce_tenant: member.tenant, ce_id: fence }
      const { dispatch, slot, channels } = cluster.topics
      const isFence = ({ id }: Frame): boolean => id === fence
      // On every way that leads to it, each behind what was written before.
      const ways = ['slot']
      if (by.dispatch && ways.push('dispatch'))
        await write(dispatch, { ...of, ce_to: `session:${member.session}` }, '"f"')
      const number = Number.parseInt(String(member.welcome['position']), 36)
      await write(`${slot}${number}`, { ...of, ce_to: `session:${member.session}` }, '"f"')
      if (member.frames.some(({ kind, channel }) => kind === 'subscribed' && channel === 'room:1')) {
        await write(channels, { ...of, ce_to: 'channel:room:1' }, '"f"')
        ways.push('channels')
      }
      await waitFor(() => member.frames.filter(isFence).length >= ways.length, {
        ...patience,
        describe: () => `${ways.length} of ${fence}; got ${JSON.stringify(member.frames.slice(-4))}`,
      })
      assert.equal(member.ws.readyState, member.ws.OPEN)
      return member.frames.filter(({ kind, id }) => !own.has(kind) && !String(id).startsWith('fence '))
    },
  }
  await joined(tenants)
  return tenants
}

/** Groups are joined in the background, and on a busy Kafka that takes its time: nothing begins before that. */
async function joined({ member, write, feed, topics }: Tenants): Promise<void> {
  const first = await member('evil', { user: 'first' })
  for (const topic of [topics.dispatch, feed]) {
    await write(topic, { ce_to: 'user:first', ce_tenant: 'evil' }, JSON.stringify(topic))
    await first.next('message', ({ payload }) => payload === topic, 90_000)
  }
  first.close()
  await first.closed
}

/** alice of acme on room:1, told of its members, and alice of evil. */
export async function besides(
  t: TestContext,
): Promise<Tenants & { readonly victim: Member; readonly evil: Member }> {
  const tenants = await twoTenants(t)
  const [victim, evil] = [await tenants.member('acme'), await tenants.member('evil')]
  assert.equal(await answerTo(victim, { subscribe: { channel: 'room:1', members: true } }), 'subscribed')
  await victim.next('joined')
  return { ...tenants, victim, evil }
}

/** The code of the refusal, or the kind of the answer. */
export async function answerTo(
  client: TestClient,
  frame: Readonly<Record<string, Headers | object>>,
): Promise<unknown> {
  const id = randomName('a')
  const [kind = '', fields = {}] = Object.entries(frame)[0] ?? []
  client.send({ [kind]: { ...fields, id } })
  const found = await waitFor(() => client.frames.find((each) => each['id'] === id), patience)
  client.frames.splice(client.frames.indexOf(found), found.kind === 'subscribed' ? 0 : 1)
  return found['code'] ?? found.kind
}
