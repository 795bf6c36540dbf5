// F16: every 50th record on a slot topic is malformed: all others arrive in order, and quarantine has exactly the malformed ones.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slotOf, startClient, toDelivery, uuidsOf } from '../support/fault-clients.ts'
import { print } from '../support/fault-counts.ts'
import { testCluster } from '../support/gateway.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

const clients = 20
const records = 2_000
const every = 50
const batch = 250

/** Records that no backend should write, and that none may be stopped by. `x-malformed` is only for this test. */
const malformed = [
  { value: '1', headers: { ce_to: 'user:alice' } },
  { value: '2', headers: { ce_to: 'nobody knows what this is' } },
  { value: '3', headers: {} },
  { value: '{"specversion"', headers: { 'content-type': 'application/cloudevents+json' } },
  { value: '5', headers: { ce_to: 'session:abc', ce_expirytime: 'in a while' } },
  { value: '6', headers: { ce_to: 'session:abc', ce_receipt: 'please' } },
  { value: '7', headers: { ce_to: 'session:abc', ce_gateway: 'v1.forged.mark' } },
  { value: Buffer.from([0xff, 0x00, 0xc3, 0x28]), headers: { ce_to: Buffer.from([0xc3, 0x28]) } },
]

test('every 50th record is malformed: the others are not held up, and quarantine holds exactly those', async (t) => {
  const cluster = await testCluster(t)
  const node = await startProcess(t, cluster)
  const all = await Promise.all(
    Array.from({ length: clients }, (_, n) => startClient(t, `u${n}`, { port: () => node.port })),
  )
  const slot = slotOf(all[0]!)
  const topic = `${cluster.topics.slot}${slot}`
  const [log, quarantine, receipts] = [
    await cluster.kafka.read(topic),
    await cluster.kafka.read(cluster.topics.quarantine),
    await cluster.kafka.read(cluster.topics.receipts),
  ]
  const wanted: string[][] = all.map(() => [])
  const messages = Array.from({ length: records }, (_, n) => {
    if (n % every === every - 1) {
      const bad = malformed[Math.floor(n / every) % malformed.length]!
      return { ...bad, headers: { ...bad.headers, 'x-malformed': String(n) } }
    }
    wanted[n % clients]?.push(`m${n}`)
    return toDelivery(all[n % clients]!, `m${n}`)
  })
  const started = performance.now()
  for (let at = 0; at < records; at += batch) await cluster.kafka.send(topic, messages.slice(at, at + batch))
  const bad = records / every
  const end = await cluster.kafka.endOffset(topic)
  const received = () => all.reduce((sum, { record }) => sum + record.received.length, 0)
  await waitFor(() => received() >= records - bad && quarantine.length >= bad, { timeoutMs: 30_000 }).catch(
    () => undefined,
  )
  const tookMs = Math.round(performance.now() - started)
  // All is settled, so nothing more can follow.
  const settled = async () => (await cluster.kafka.committed(topic, topic)) >= end && log.length >= end
  await waitFor(settled, { timeoutMs: 20_000, everyMs: 100 }).catch(() => undefined)
  const origins = quarantine.map(
    ({ text }) => (JSON.parse(text) as { origin: { offset?: string } }).origin.offset,
  )
  const expected = log
    .filter(({ headers }) => headers['x-malformed'] !== undefined)
    .map(({ offset }) => String(offset))
  print('F16 malformed records', {
    records,
    malformed: bad,
    received: received(),
    quarantined: quarantine.length,
    receipts: receipts.length,
    repeats: all.reduce((sum, { record }) => sum + record.repeats, 0),
    closed: all.reduce((sum, { record }) => sum + record.closes.length, 0),
    committed: await cluster.kafka.committed(topic, topic),
    end,
    tookMs,
  })
  assert.deepEqual(all.map(uuidsOf), wanted)
  assert.deepEqual(new Set(origins), new Set(expected))
  assert.equal(origins.length, bad)
  assert.equal(expected.length, bad)
  assert.equal(receipts.length, 0)
  assert.ok((await cluster.kafka.committed(topic, topic)) >= end, 'the malformed ones are settled too')
  assert.ok(all.every(({ record }) => record.closes.length === 0))
})
