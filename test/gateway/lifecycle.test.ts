// Parts start in order and stop in reverse, each with its time, and nothing is left running.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Service, startAll, stopAll, withDeadline } from '../../gateway/lifecycle.ts'

const never = new AbortController().signal

/** Services that write down what is asked of them. */
function services(log: string[], more: Record<string, Partial<Service>> = {}): Service[] {
  return ['a', 'b', 'c'].map((name) => ({
    name,
    start: () => void log.push(`start ${name}`),
    stop: () => void log.push(`stop ${name}`),
    ...more[name],
  }))
}

test('parts start one after the other and stop in reverse', async () => {
  const log: string[] = []
  const slow = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    log.push('slow a')
  }
  const all = services(log, { a: { start: slow } })
  await startAll(all, never, () => undefined)
  await stopAll(all, 1_000, () => undefined)
  assert.deepEqual(log, ['slow a', 'start b', 'start c', 'stop c', 'stop b', 'stop a'])
})

test('if one fails to start, those behind it are not started, all are stopped, and its failure is told', async () => {
  const log: string[] = []
  const all = services(log, { b: { start: () => Promise.reject(new Error('port taken')) } })
  await assert.rejects(
    startAll(all, never, () => undefined),
    /port taken/,
  )
  assert.deepEqual(log, ['start a', 'stop c', 'stop b', 'stop a'])
})

test('a stop during the start ends it there, and whoever asked for it does the stopping', async () => {
  const log: string[] = []
  const asked = new AbortController()
  const waits = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))))
  const started = startAll(services(log, { b: { start: waits } }), asked.signal, () => undefined)
  setImmediate(() => asked.abort())
  await assert.rejects(started, /given up/)
  assert.deepEqual(log, ['start a'])
})

test('a part that starts in spite of the stop is the last one', async () => {
  const log: string[] = []
  const asked = new AbortController()
  const all = services(log, { b: { start: () => asked.abort() } })
  await assert.rejects(startAll(all, asked.signal, () => undefined))
  assert.deepEqual(log, ['start a'])
})

test('a part that fails to stop, at once or later, is named and the rest goes on', async () => {
  const log: string[] = []
  const failed: string[] = []
  const all = services(log, {
    c: {
      stop: () => {
        throw new Error('at once')
      },
    },
    b: { stop: () => Promise.reject(new Error('later')) },
  })
  await stopAll(all, 1_000, (name, failure) => failed.push(`${name}: ${(failure as Error).message}`))
  assert.deepEqual([failed, log], [['c: at once', 'b: later'], ['stop a']])
})

test('the time is for all parts together, and one that takes it all leaves the others a little', async () => {
  const given: number[] = []
  const failed: string[] = []
  const all = services([], {
    c: { stop: (ms) => void given.push(ms) },
    b: { stop: () => new Promise(() => undefined) },
    a: { stop: (ms) => void given.push(ms) },
  })
  const started = performance.now()
  await stopAll(all, 100, (name, failure) => failed.push(`${name} ${(failure as Error).message}`))
  const took = performance.now() - started
  assert.equal(given.length, 2)
  assert.ok(
    given.every((ms) => ms > 0 && ms <= 500),
    String(given),
  )
  assert.match(failed[0] ?? '', /^b stopping b took longer than \d+ ms$/)
  assert.ok(took < 3_000, String(took))
})

test('a deadline answers with the work’s own end if that comes first', async () => {
  assert.equal(await withDeadline(Promise.resolve(5), 1_000, 'it'), 5)
  assert.equal(await withDeadline(5, 1_000, 'it'), 5)
  await assert.rejects(withDeadline(Promise.reject(new Error('own')), 1_000, 'it'), /own/)
  await assert.rejects(withDeadline(new Promise(() => undefined), 1, 'it'), /it took longer than 1 ms/)
})

test('work that fails after its deadline harms nothing', async () => {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('late')), 5))
  await assert.rejects(withDeadline(late, 1, 'it'), /took longer/)
  await assert.rejects(late, /late/)
})
