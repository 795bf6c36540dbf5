// What a scrape shows: gauges as they are at that moment, and none where nothing is known.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics, exposeGauges, type Gauges } from '../../gateway/metrics.ts'

const gauges: Gauges = {
  connections: () => 5,
  sessions: () => 4,
  subscriptions: () => 9,
  unauthenticated: () => 1,
  publishQueue: () => ({ count: 2, bytes: 300 }),
  pendingDeliveries: () => 0,
  slotLag: () => undefined,
  dispatchLag: () => 7,
  slot: () => undefined,
  ready: () => false,
}

test('gauges are read when they are scraped', async (t) => {
  const metrics = createMetrics()
  let slot: number | undefined
  t.after(exposeGauges(metrics, { ...gauges, slot: () => slot }))
  const shown = async (name: string) =>
    new RegExp(`^openclaw_${name} (.*)$`, 'm').exec(await metrics.registry.metrics())?.[1]
  assert.equal(await shown('connections'), '5')
  assert.equal(await shown('publish_queue_bytes'), '300')
  assert.equal(await shown('ready'), '0')
  assert.equal(await shown('slot'), undefined)
  slot = 0
  assert.equal(await shown('slot'), '0')
  slot = undefined
  assert.equal(await shown('slot'), undefined)
  assert.equal(await shown('slot_lag_records'), undefined)
  assert.match((await shown('event_loop_delay_p99_seconds')) ?? '', /^\d/)
})

test('two nodes in one process count apart', async () => {
  const [first, second] = [createMetrics(), createMetrics()]
  first.acks.inc()
  assert.match(await first.registry.metrics(), /^openclaw_acks_total 1$/m)
  assert.match(await second.registry.metrics(), /^openclaw_acks_total 0$/m)
})
