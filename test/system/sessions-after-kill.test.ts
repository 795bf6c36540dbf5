// F11: a node with many connections is killed: its entries are detached, then gone, and the end of each session is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { createRegistry } from '../../gateway/registry/registry.ts'
import { onEnd } from '../support/cleanup.ts'
import { print, withinLoad } from '../support/fault-counts.ts'
import { type Member, moveTo, openCrowd, sayHello, welcomed } from '../support/fault-crowd.ts'
import { type Cluster, testCluster } from '../support/gateway.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

/** OPENCLAW_TEST_LONG=1: as many as the matrix of faults asks for. */
const sessions = process.env['OPENCLAW_TEST_LONG'] === '1' ? 5_000 : 1_000
const comeBack = 20
const leaseTtl = 3_000
const resumeWindow = 8_000
/** Beyond lease and window: the reaper looks once a lease, and what it finds has to be told. */
const reapMs = leaseTtl + 5_000

test('after the kill of a node the end of every session that nobody resumed is told, and no entry is left', async (t) => {
  const cluster = await testCluster(t, {
    overrides: { heartbeat: 2_000, delivery: { leaseTtl, resumeWindow } },
  })
  const dead = await startProcess(t, cluster)
  const survivors = [await startProcess(t, cluster), await startProcess(t, cluster)]
  const events = await cluster.kafka.read(`${cluster.name}.events`)
  const members = await openCrowd(t, sessions, dead.port)
  const look = await lookFor(t, cluster)
  const before = await look.entries()
  const live = await look.states(members)

  dead.signal('SIGKILL')
  const killedAt = performance.now()
  const since = () => Math.round(performance.now() - killedAt)
  const [back, away] = [members.slice(0, comeBack), members.slice(comeBack)]
  await moveTo(back, survivors[0]?.port ?? 0)
  for (const member of back) sayHello(member)
  await welcomed(back)
  const timeoutMs = withinLoad(leaseTtl + resumeWindow + reapMs) + 10_000
  const wait = async (fact: () => boolean | Promise<boolean>) =>
    waitFor(fact, { timeoutMs, everyMs: 20 }).then(since, () => undefined)
  const detachedMs = await wait(async () => (await look.states(away.slice(0, 50))).detached === 50)
  const detached = await look.states(away)
  const ends = () => {
    const bySession = new Map<string, string[]>()
    for (const { headers } of events) {
      if (headers['ce_type'] !== 'openclaw.session.ended') continue
      const session = String(headers['ce_session'])
      bySession.set(session, [...(bySession.get(session) ?? []), String(headers['ce_id'])])
    }
    return bySession
  }
  const endedMs = await wait(() => ends().size >= away.length)
  const goneMs = await wait(async () => (await look.entries()) === comeBack)

  const told = ends()
  const copies = [...told.values()].reduce((sum, ids) => sum + ids.length, 0) - told.size
  const differing = [...told.values()].filter((ids) => new Set(ids).size > 1).length
  const wrongly = back.filter(({ session }) => told.has(session)).length
  const resumed = back.filter(
    ({ welcome, session }) => welcome?.resumed && welcome.session === session,
  ).length
  print('F11 sessions after kill', {
    sessions,
    entriesBefore: before,
    live: live.live,
    comeBack,
    resumed,
    detached: detached.detached,
    detachedMs,
    ended: told.size,
    copies,
    differing,
    wrongly,
    endedMs,
    goneMs,
    entriesLeft: await look.entries(),
    leaseTtl,
    resumeWindow,
  })
  assert.deepEqual([before, live.live, resumed], [sessions, sessions, comeBack])
  assert.equal(detached.detached, away.length)
  assert.deepEqual([told.size, differing, wrongly], [away.length, 0, 0])
  assert.ok(away.every(({ session }) => told.has(session)))
  assert.ok(goneMs !== undefined && endedMs !== undefined)
  assert.ok(Math.max(goneMs, endedMs) < withinLoad(leaseTtl + resumeWindow + reapMs))
  assert.equal((await look.states(back)).live, comeBack, 'what was resumed is entered')
})

type States = { live: number; detached: number; none: number }

/** Looks at the registry: all entries counted as any program may, and what the gateways make of some. */
async function lookFor(t: Parameters<typeof onEnd>[0], { name, stack }: Cluster) {
  const redis = new Redis(stack.redisUrl)
  onEnd(t, () => redis.disconnect())
  const registry = await createRegistry({
    redis: { url: stack.redisUrl, prefix: 'openclaw', commandTimeout: 5_000 },
    cluster: name,
    leaseTtlMs: leaseTtl,
    slots: 3,
  })
  onEnd(t, () => registry.close())
  return {
    async entries(): Promise<number> {
      const keys = new Set<string>()
      let cursor = '0'
      do {
        const [next, found] = await redis.scan(
          cursor,
          'MATCH',
          `openclaw:{${name}}:session:*`,
          'COUNT',
          1_000,
        )
        for (const key of found) keys.add(key)
        cursor = next
      } while (cursor !== '0')
      return keys.size
    },
    async states(members: readonly Member[]): Promise<States> {
      const states = { live: 0, detached: 0, none: 0 }
      for (const { session } of members) {
        const { found } = await registry.sessions.ofSession(session)
        if (found === undefined) states.none += 1
        else states[found.live ? 'live' : 'detached'] += 1
      }
      return states
    },
  }
}
