// A hundred thousand generated frames, handshakes and records: the process lives, others are served, memory stays.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { welcomed } from '../support/client.ts'
import { print } from '../support/fault-counts.ts'
import { messages, wireBytes } from '../support/fuzz/frames.ts'
import { handshakes } from '../support/fuzz/handshakes.ts'
import { records } from '../support/fuzz/records.ts'
import { sample } from '../support/fuzz/texts.ts'
import { countEnd, type Ends, each, sendMessages, sendRaw } from '../support/fuzz/throw.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { countsMemory, liveMemory } from '../support/live-memory.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const cases = Number(process.env['FUZZ_CASES'] ?? 100_000)
const lanes = 16
const recordsAtOnce = 500
const mebi = 1024 ** 2
/** What the process may have grown by in the second half of it all. */
const mostGrowth = 20 * mebi

const share = (part: number): number => Math.round(cases * part)
/** Closes that the protocol has for what is wrong with a client; 1000 and 1001 are its own going. */
const closes = new Set([1002, 1003, 1007, 1009, 4400, 4401, 4403, 4406, 4410, 4529])

test('whatever strangers and backends send, the process lives and others are served', async (t) => {
  const cluster = await testCluster(t, {
    slots: 1,
    overrides: { channels: { 'room:{room}': { subscribe: true, publish: true, members: true } } },
  })
  const overrides = {
    listen: { host: '127.0.0.1', port: 0, maxUnauthenticated: 2_000 },
    // Sessions of connections that ended are kept for this long, on purpose.
    delivery: { resumeWindow: 6_000 },
    heartbeat: 2_500,
  }
  const node = await startProcess(t, cluster, overrides, countsMemory)
  let dead: number | null | undefined
  void node.exited.then((code) => (dead = code))
  const token = await tokenFor('mallory')
  const calm = await welcomed(t, node.port, await tokenFor('calm', { claims: { tenant: 'calm' } }))
  calm.send({ subscribe: { id: 's', channel: 'room:calm' } })
  await calm.next('subscribed')
  let served = 0
  const serving = new AbortController()
  const serve = async (): Promise<void> => {
    while (!serving.signal.aborted) {
      calm.send({ publish: { id: `m${served}`, channel: 'room:calm', payload: served } })
      const [, message] = await Promise.all([
        calm.next('ack', undefined, 30_000),
        calm.next('message', undefined, 30_000),
      ])
      assert.equal(message['payload'], served++)
      await wait(20)
    }
  }
  const calmly = serve()
  const ends: Ends = new Map()
  const half = async (which: number): Promise<void> => {
    const from = (part: number): number => share(part / 2)
    const mine = seed + which
    for (const [subprotocol, part, hello] of [
      ['openclaw.v1.json', 0.2, '{"hello":{}}'],
      ['openclaw.v1.proto', 0.2, Buffer.from('0a00', 'hex')],
      ['openclaw.v1.raw', 0.1, ''],
    ] as const) {
      const all = sample(messages[subprotocol]!, from(part), mine)
      const pieces = Array.from({ length: lanes }, (_, n) => all.filter((__, i) => i % lanes === n))
      await each(pieces, lanes, (piece) =>
        sendMessages({ port: node.port, subprotocol, hello }, token, piece, ends),
      )
    }
    const upgrade = Buffer.from(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: openclaw.v1.json\r\n\r\n',
    )
    await each(sample(wireBytes, from(0.1), mine), lanes, async (some) =>
      countEnd(ends, `wire ${await sendRaw(node.port, Buffer.concat([upgrade, some]))}`),
    )
    await each(sample(handshakes, from(0.1), mine), lanes, async (some) =>
      countEnd(ends, `handshake ${await sendRaw(node.port, some)}`),
    )
    const bad = sample(records, from(0.3), mine)
    const { slot, dispatch, channels, keys } = cluster.topics
    const topics = [`${slot}0`, dispatch, channels, keys]
    for (let at = 0; at < bad.length; at += recordsAtOnce)
      await cluster.kafka.send(
        topics[(at / recordsAtOnce) % topics.length]!,
        bad.slice(at, at + recordsAtOnce),
      )
    const end = await cluster.kafka.endOffset(`${slot}0`)
    await waitFor(
      async () => dead !== undefined || (await cluster.kafka.committed(`${slot}0`, `${slot}0`)) >= end,
      {
        timeoutMs: 60_000,
        everyMs: 100,
        describe: 'everything on the slot topic settled',
      },
    )
  }
  await half(0)
  const middle = await liveMemory(node)
  await half(1)
  const last = await liveMemory(node)
  serving.abort()
  await calmly
  print('fuzz', {
    seed,
    cases,
    served,
    liveMiB: [middle, last].map((one) => Math.round(one / mebi)),
    ...Object.fromEntries([...ends].toSorted(([one], [other]) => one.localeCompare(other))),
  })
  assert.equal(dead, undefined, 'the process ended')
  assert.equal((await node.ready()).ready, true)
  assert.ok(
    last - middle < mostGrowth,
    `grew by ${Math.round((last - middle) / mebi)} MiB in the second half`,
  )
  for (const how of ends.keys()) {
    const code = Number(/^openclaw\S+ (\d+)$/.exec(how)?.[1] ?? Number.NaN)
    assert.ok(Number.isNaN(code) || closes.has(code), how)
    assert.doesNotMatch(how, /never ended/)
    assert.doesNotMatch(how, / 5\d\d /)
  }
})
