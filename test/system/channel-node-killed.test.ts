// Channels through the death of a node: whoever comes back with its positions has every message once, or is told of a gap.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChannelListener } from '../support/channel-listener.ts'
import { onEnd } from '../support/cleanup.ts'
import { print, timesOf, withinLoad } from '../support/fault-counts.ts'
import { type Cluster, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { type NodeProcess, startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

const subscribers = Number(process.env['FAULT_CLIENTS'] ?? 400)
/** Each of them listens to two; by default what all of them hear in a second stays the same however many they are. */
const channels = Number(process.env['FAULT_CHANNELS'] ?? Math.ceil(subscribers / 20))
const perSecond = 500
const seconds = 6
const backMs = 10_000

/** Every third comes back without its session. */
const resumes = (n: number): boolean => n % 3 !== 0

/** Publishes at the rate, whatever becomes of the nodes; resolves with how many each channel got. */
async function publish({ kafka, name }: Cluster, onSecond: (second: number) => void): Promise<number[]> {
  const counts = Array.from({ length: channels }, () => 0)
  const since = performance.now()
  let [sent, second] = [0, 0]
  while (sent < perSecond * seconds) {
    await waitFor(() => ((performance.now() - since) / 1_000) * perSecond >= sent + 10)
    const due = Math.min(Math.floor(((performance.now() - since) / 1_000) * perSecond), perSecond * seconds)
    const messages = Array.from({ length: due - sent }, (_, at) => {
      const channel = (sent + at) % channels
      const n = counts[channel] ?? 0
      counts[channel] = n + 1
      return { value: JSON.stringify({ n }), headers: { ce_to: `channel:room:${channel}` } }
    })
    await kafka.send(`${name}.channels`, messages)
    sent = due
    for (; second < Math.floor(sent / perSecond); second++) onSecond(second + 1)
  }
  return counts
}

test('a node is killed while many listen: nobody misses a message without being told', async (t) => {
  const cluster = await testCluster(t, {
    overrides: { heartbeat: 10_000, channels: { 'room:{room}': { subscribe: true } } },
  })
  const nodes: NodeProcess[] = [await startProcess(t, cluster), await startProcess(t, cluster)]
  const listeners = startListeners(nodes)
  onEnd(t, () => {
    for (const listener of listeners) listener.stop()
  })
  const away = () => listeners.filter(({ subscribed }) => !subscribed).length
  await waitFor(() => away() === 0, {
    timeoutMs: 60_000,
    describe: () => `all to have subscribed; ${away()} have not`,
  })

  const [dead] = nodes
  assert.ok(dead)
  const lost = listeners.filter(({ socket }) => socket.current?.port === dead.port)
  const counts = await publish(cluster, (second) => {
    if (second !== seconds / 2) return
    dead.signal('SIGKILL')
    nodes.shift()
  })
  const sentTo = (channel: string) => counts[Number(channel.split(':')[1])] ?? 0
  const behind = () =>
    listeners.filter(({ logs }) => [...logs].some(([channel, { last }]) => last < sentTo(channel) - 1)).length
  // Who still misses something then is counted below.
  await waitFor(() => away() === 0 && behind() === 0, { timeoutMs: 60_000, everyMs: 50 }).catch(
    () => undefined,
  )

  const all = listeners.flatMap(({ logs }) => [...logs].map(([channel, log]) => log.counts(sentTo(channel))))
  const sum = (field: keyof (typeof all)[number]) => all.reduce((total, counted) => total + counted[field], 0)
  const back = (withSession: boolean) =>
    timesOf(
      listeners
        .flatMap((listener, n) => (resumes(n) === withSession ? listener.backMs : []))
        .toSorted((a, b) => a - b),
    )
  const [missing, misplaced, gaps] = [sum('missing'), sum('misplaced'), sum('gaps')]
  print('channels, node killed', {
    subscribers,
    channels,
    published: counts.reduce((total, count) => total + count, 0),
    lost: lost.length,
    messages: sum('messages'),
    deliveries: listeners.reduce((total, { deliveries }) => total + deliveries, 0),
    repeats: sum('repeats'),
    gaps,
    missing,
    misplaced,
    away: away(),
    refusals: [...new Set(listeners.flatMap(({ refusals }) => refusals))].slice(0, 3),
    closes: [...new Set(listeners.flatMap(({ closes }) => closes))],
    backMs: { withSession: back(true), withoutSession: back(false) },
  })
  assert.deepEqual({ missing, misplaced, away: away() }, { missing: 0, misplaced: 0, away: 0 })
  assert.ok(lost.length > subscribers / 3)
  // Everything is in Kafka: those who came back were not told that it is gone.
  assert.equal(gaps, 0)
  for (const withSession of [true, false]) assert.ok(back(withSession).p99 < withinLoad(backMs))
})

/** Spread over the nodes that are there. */
function startListeners(nodes: readonly NodeProcess[]): readonly ChannelListener[] {
  return Array.from({ length: subscribers }, (_, n) => {
    const token = tokenFor(`u${n}`, { ttl: 3_600 })
    const listener = new ChannelListener({
      port: () => nodes[n % nodes.length]?.port,
      token: () => token,
      channels: [n, n + 1].map((each) => `room:${each % channels}`),
      resumes: resumes(n),
    })
    setTimeout(() => listener.start(), n * 2)
    return listener
  })
}
