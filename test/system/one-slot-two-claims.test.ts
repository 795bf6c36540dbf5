// F12: a lease is lost and two nodes claim one slot: one of them serves it, by the word of its Kafka group, and the other takes another slot.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import { Redis } from 'ioredis'
import kafkajs from 'kafkajs'
import { onEnd } from '../support/cleanup.ts'
import { tell } from '../support/fault-counts.ts'
import { type FaultRun, startFaultRun } from '../support/fault-run.ts'
import { healthOf, timeUntil } from '../support/node-health.ts'
import { startProcess } from '../support/node-process.ts'
import { ownRedis, testStack } from '../support/stack.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'
import { waitFor } from '../support/wait.ts'

const slots = 3
/** Free only when the old holder needs one. */
const spare = 2
/** The free slot of the lowest number is taken first: the first node has this one. */
const contested = 0
const movedMs = 15_000

function connectRedis(t: TestContext, url: string): Redis {
  const redis = new Redis(url)
  onEnd(t, () => redis.disconnect())
  return redis
}

/** The members of a slot's group, as Kafka knows them. */
async function membersOf({ cluster }: FaultRun): Promise<number> {
  const { brokers } = cluster.stack
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const described = await admin.describeGroups([`${cluster.topics.slot}${contested}`])
  await admin.disconnect()
  return described.groups[0]?.members.length ?? 0
}

const underLoad = async (t: TestContext, seed: number, redisUrl: string): Promise<FaultRun> => {
  const { brokers } = await testStack()
  const run = await startFaultRun(t, { nodes: 2, clients: 40, slots, seed, stack: { brokers, redisUrl } })
  run.fleet.load(120)
  run.backend.push(60)
  await receivedMore(run, 200)
  return run
}

const receivedMore = async ({ fleet }: FaultRun, count: number): Promise<void> => {
  const before = fleet.received
  await waitFor(() => fleet.received > before + count, { timeoutMs: 30_000, describe: 'the load to go on' })
}

const holderOf = async ({ nodes }: FaultRun) => {
  for (const node of nodes.alive) if ((await healthOf(node.adminPort))?.slot === contested) return node
  return undefined
}

/** Waits for the old holder to have another slot, and for all to be settled; then says what came of it. */
async function judge(run: FaultRun, fault: string, old: { adminPort: number }, more: object): Promise<void> {
  const hasAnother = ({ status, slot }: { status: number; slot?: number }) =>
    status === 200 && slot !== undefined && slot !== contested
  const otherSlotMs = await timeUntil(old.adminPort, hasAnother, 30_000, 'the old holder with another slot')
  await receivedMore(run, 200)
  await run.healed(30_000)
  const [members, slotNow] = [await membersOf(run), (await healthOf(old.adminPort))?.slot]
  const judged = await run.judge()
  tell(fault, judged, { otherSlotMs, slotNow, members, ...more })
  assert.equal(members, 1)
  assert.notEqual(slotNow, contested)
  assert.ok(otherSlotMs <= movedMs)
  assert.equal(judged.judgement.deliveries['reported too-many-hops'], undefined, 'no record went in circles')
}

test('a lease vanishes and another node takes it: the newer one serves, the older takes another slot', async (t) => {
  const { url } = await ownRedis(t)
  const run = await underLoad(t, 121, url)
  const { nodes, cluster } = run
  const redis = connectRedis(t, url)
  const key = `openclaw:{${cluster.name}}:slots`
  const old = await holderOf(run)
  assert.ok(old)
  const tomorrow = Date.now() + 86_400_000
  await redis.hset(key, spare, `${tomorrow} ${tomorrow} nobody`)
  const claimer = await nodes.start()
  const waits = async () => (await readFile(nodes.logOf(claimer.name), 'utf8')).includes('every slot is held')
  await waitFor(waits, { timeoutMs: 30_000, everyMs: 50, describe: 'a node that waits for a slot' })
  let by = ''
  // The third one would adopt the slot and soon give it back.
  const bystander = nodes.alive.find((node) => node !== old && node !== claimer)
  assert.ok(bystander)
  nodes.freeze(bystander)
  // The old holder renews, and so takes it anew; then it is gone again until another one has it.
  const isTaken = async () => {
    by = (await redis.hget(key, String(contested)))?.split(' ')[2] ?? ''
    if (by === old.name) await redis.hdel(key, String(contested))
    return by !== '' && by !== old.name
  }
  await waitFor(isTaken, { timeoutMs: 30_000, describe: 'another node to take the slot' })
  nodes.thaw(bystander)
  await redis.hdel(key, String(spare))
  await judge(run, 'F12 lease vanished', old, { by })
})

test('two registries lease one slot to two nodes, then one registry is left: the group has one member', async (t) => {
  const [first, second] = [await ownRedis(t), await ownRedis(t)]
  const portOf = ({ url }: { url: string }) => Number(new URL(url).port)
  const proxy = await tcpProxy(t, portOf(first))
  const run = await underLoad(t, 122, `redis://127.0.0.1:${proxy.port}`)
  const { cluster } = run
  const old = await holderOf(run)
  assert.ok(old)
  // It never sees the first registry, as if that had failed over to a copy that knows nothing.
  const claimer = await startProcess(t, cluster, { redis: { url: second.url } })
  const leases = await Promise.all(
    [first, second].map(({ url }) =>
      connectRedis(t, url).hget(`openclaw:{${cluster.name}}:slots`, String(contested)),
    ),
  )
  proxy.failOver(portOf(second))
  proxy.cutOld()
  await judge(run, 'F12 registry failed over', old, { leases })
  assert.equal((await claimer.ready()).slot, contested)
})
