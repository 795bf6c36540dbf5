// F17: oversize frames, malformed ones and floods of fragments from many connections, while others work: each gets its code, memory comes back, nobody else notices.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type TestClient, welcomed } from '../support/client.ts'
import { print, quantile, timesOf } from '../support/fault-counts.ts'
import { each } from '../support/fuzz/throw.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { countsMemory, liveMemory } from '../support/live-memory.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'
import { closeOf, frameOf, handshakeText, opcodes, wireTo } from '../support/wire.ts'

const [healthy, lanes, rounds] = [10, 12, 20]
const mebi = 1024 ** 2
const mostGrowth = 20 * mebi
const everyMs = 50
const { continuation, text, binary, ping } = opcodes

const many = (count: number, one: Buffer): Buffer => Buffer.concat(Array.from({ length: count }, () => one))
const begun = frameOf(text, '{"publish":{"payload":"', { fin: false })

/** What is sent after `hello`, and the codes that may be the answer. */
const attacks: Readonly<Record<string, readonly [bytes: Buffer, codes: readonly number[]]>> = {
  'a message of 1 MiB': [frameOf(text, 'x'.repeat(mebi)), [1009]],
  'a message that says it has 4 GiB': [frameOf(text, 'x'.repeat(60_000), { length: 2 ** 32 }), [1009]],
  'fragments of 1 MiB together': [
    Buffer.concat([begun, many(32, frameOf(continuation, 'x'.repeat(32_768), { fin: false }))]),
    [1009],
  ],
  'a flood of fragments': [
    Buffer.concat([begun, many(20_000, frameOf(continuation, 'x', { fin: false }))]),
    [1008],
  ],
  'a flood of empty fragments': [
    Buffer.concat([begun, many(20_000, frameOf(continuation, '', { fin: false }))]),
    [1008],
  ],
  'a mask that is missing': [frameOf(text, '{}', { masked: false }), [1002]],
  'a reserved opcode': [frameOf(11, 'x'), [1002]],
  'a ping in fragments': [frameOf(ping, 'x', { fin: false }), [1002]],
  'text that is not UTF-8': [frameOf(text, Buffer.alloc(60_000, 0xff)), [1007]],
  'binary where text is spoken': [frameOf(binary, 'x'.repeat(60_000)), [4400]],
  'a second hello': [frameOf(text, '{"hello":{}}'), [4400]],
}

/** Resolves with the close code; 0: it ended without one. */
async function attack(t: TestContext, port: number, token: string, bytes: Buffer): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'sec-websocket-protocol': 'openclaw.v1.json' }
  const wire = wireTo(
    t,
    port,
    Buffer.concat([Buffer.from(handshakeText(headers)), frameOf(text, '{"hello":{}}')]),
  )
  await waitFor(() => wire.came().includes('"welcome"'), { timeoutMs: 30_000 })
  wire.write(bytes)
  return closeOf((await wire.ended).text)?.code ?? 0
}

/** Publishes again and again until told to stop; answers how long each ack took, in ms. */
async function work(client: TestClient, stop: AbortSignal): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; !stop.aborted; n++) {
    const since = performance.now()
    client.send({ publish: { id: `m${n}`, route: 'echo', payload: n } })
    await client.next('ack', ({ id }) => id === `m${n}`, 30_000)
    times.push(performance.now() - since)
    await pause(everyMs)
  }
  return times
}

test('hostile frames end their own connections and cost nobody else anything', async (t) => {
  const cluster = await testCluster(t, { slots: 1 })
  // Sessions of connections that ended are kept for this long, on purpose.
  const short = { delivery: { resumeWindow: 4_000 }, heartbeat: 1_500 }
  const node = await startProcess(t, cluster, short, countsMemory)
  const token = await tokenFor('mallory')
  const fleet = await Promise.all(
    Array.from({ length: healthy }, async (_, n) => welcomed(t, node.port, await tokenFor(`calm-${n}`))),
  )
  const codes = new Map<string, number>()
  const wrong: string[] = []
  const round = (): Promise<void> =>
    each(Object.entries(attacks), lanes, async ([what, [bytes, expected]]) => {
      const code = await attack(t, node.port, token, bytes)
      codes.set(`${what}: ${code}`, (codes.get(`${what}: ${code}`) ?? 0) + 1)
      if (!expected.includes(code)) wrong.push(`${what}: ${code}`)
    })
  // What the machine translates and makes room for once is not what an attack holds.
  for (let n = 0; n < 3; n++) await round()
  const before = await liveMemory(node)
  codes.clear()

  const working = new AbortController()
  const works = fleet.map((client) => work(client, working.signal))
  for (let n = 0; n < rounds; n++) await round()
  working.abort()
  const times = (await Promise.all(works)).flat().toSorted((one, other) => one - other)
  const growth = () => liveMemory(node).then((now) => now - before)
  // Sessions go with their window.
  const settled = await waitFor(
    async () => ((await growth()) < mostGrowth ? { bytes: await growth() } : false),
    {
      timeoutMs: 20_000,
      everyMs: 500,
      describe: 'the memory of before',
    },
  )
  print('F17', {
    connections: rounds * Object.keys(attacks).length,
    closed: Object.fromEntries(codes),
    wrong: wrong.length,
    acks: timesOf(times),
    growthKiB: Math.round(settled.bytes / 1024),
  })
  assert.deepEqual(wrong, [])
  assert.ok(times.length >= healthy && quantile(times, 1) < 10_000)
  for (const client of fleet) {
    assert.equal(client.ws.readyState, 1)
    assert.ok(client.frames.every(({ kind }) => kind === 'heartbeat'))
  }
  process.kill(node.pid, 0)
  assert.equal((await node.ready()).ready, true)
})
