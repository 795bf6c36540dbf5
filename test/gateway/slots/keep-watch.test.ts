// The watchdog at work does each thing it decides once, survives what fails under it, and stops with the node.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepWatch, type WatchPorts } from '../../../gateway/slots/keep-watch.ts'
import { waitFor } from '../../support/wait.ts'
import { quietEvents } from '../fakes.ts'

/** A node whose clock goes a second a look, and that never hears its canary. */
function deaf(t: { after(end: () => void): void }, given: Partial<WatchPorts> = {}) {
  const done: string[] = []
  const node = { now: 100_000, returned: 100_000, probes: 0, looks: 0 }
  const stop = new AbortController()
  t.after(() => stop.abort())
  const doing = (what: string) => () => Promise.resolve(void done.push(what))
  const ports: WatchPorts = {
    facts() {
      node.looks += 1
      node.now += 1_000
      return {
        now: node.now,
        slotHeldSince: 100_000,
        canarySentAt: node.now - 100,
        canaryProducedAt: node.now - 50,
        canaryReturnedAt: node.returned,
      }
    },
    probe: {
      answers() {
        node.probes += 1
        return Promise.resolve(true)
      },
    },
    restartReader: doing('restart-reader'),
    restartProducer: doing('restart-producer'),
    exit: () => void done.push('exit'),
    ...given,
  }
  const events = quietEvents()
  const options = { graceMs: 30_000, everyMs: 1, probeMs: 20, signal: stop.signal }
  return { done, node, stop, events, watch: keepWatch(ports, options, events) }
}

test('a deaf reader is restarted twice, then the node is unready, then it ends, once', async (t) => {
  const { done, watch, events, node } = deaf(t)
  await waitFor(() => done.includes('exit'))
  const { looks } = node
  assert.deepEqual(done, ['restart-reader', 'restart-reader', 'exit'])
  assert.equal(watch.unready, true)
  assert.equal(await events.count('watchdog', 'restart-reader'), 2)
  assert.equal(await events.count('watchdog', 'unready'), 1, 'told once')
  assert.equal(await events.count('watchdog', 'exit'), 1)
  assert.equal(node.looks, looks)
})

test('a node that hears itself again is ready again', async (t) => {
  const { done, watch, node } = deaf(t)
  await waitFor(() => watch.unready)
  node.returned = node.now
  await waitFor(() => {
    node.returned = node.now
    return !watch.unready
  })
  assert.ok(!done.includes('exit'))
})

test('a restart that fails or hangs is one that did not help', async (t) => {
  const restarts = [() => Promise.reject(new Error('no')), () => new Promise(() => {})]
  const { done } = deaf(t, { restartReader: () => restarts.shift()?.() ?? assert.fail('a third restart') })
  await waitFor(() => done.includes('exit'))
  assert.deepEqual([done, restarts], [['exit'], []])
})

for (const [what, answers] of [
  ['says no', () => Promise.resolve(false)],
  ['fails', () => Promise.reject(new Error('no route'))],
  ['hangs', () => new Promise<boolean>(() => {})],
] as const)
  test(`nothing is done while the probe ${what}`, async (t) => {
    const { done, watch, node } = deaf(t, { probe: { answers } })
    await waitFor(() => node.looks > (what === 'hangs' ? 40 : 300))
    assert.deepEqual([done, watch.unready], [[], false])
  })

test('a healthy node is not probed, and a stop ends the looking', async (t) => {
  const { node, stop } = deaf(t)
  node.returned = Number.POSITIVE_INFINITY
  await waitFor(() => node.looks > 100)
  assert.equal(node.probes, 0)
  stop.abort()
  const { looks } = node
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(node.looks, looks)
})
