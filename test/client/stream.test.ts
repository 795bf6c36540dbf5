// Streams: what is handled when, what goes when too much waits, and how they end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handleEach, onAbort, Stream } from '../../client/stream.ts'

test('a value is handled when its reader asks for the next one', async () => {
  const stream = new Stream<number>(10)
  const handled: number[] = []
  for (const n of [1, 2]) stream.push(n, () => handled.push(n))
  assert.deepEqual(await stream.next(), { done: false, value: 1 })
  assert.equal(handled.length, 0)
  await stream.next()
  assert.deepEqual(handled, [1])
  const third = stream.next()
  assert.deepEqual(handled, [1, 2])
  stream.push(3, () => handled.push(3))
  assert.equal((await third).value, 3)
  await stream.return()
  assert.deepEqual(handled, [1, 2, 3])
})

test('where too much waits the oldest go, and are counted', async () => {
  const stream = new Stream<number>(2)
  const gone: number[] = []
  assert.deepEqual(
    [1, 2, 3, 4].map((n) => stream.push(n, () => gone.push(n))),
    [0, 0, 1, 1],
  )
  assert.deepEqual(gone, [1, 2])
  assert.equal((await stream.next()).value, 3)
})

test('an end gives out what is held first, and throws its error once', async () => {
  const stream = new Stream<number>(10)
  stream.push(1)
  stream.end(new Error('over'))
  assert.equal((await stream.next()).value, 1)
  await assert.rejects(stream.next(), /over/)
  assert.deepEqual(await stream.next(), { done: true, value: undefined })
})

test('an end wakes whoever waits', async () => {
  const stream = new Stream<number>(10)
  const [one, two] = [stream.next(), stream.next()]
  stream.end(new Error('over'))
  await assert.rejects(one, /over/)
  assert.deepEqual(await two, { done: true, value: undefined })
})

test('a handler that throws is told of, and the next value comes', async () => {
  const stream = new Stream<number>(10)
  const [seen, failures]: [number[], unknown[]] = [[], []]
  const done = handleEach(
    stream,
    (n) => {
      seen.push(n)
      if (n === 1) throw new Error('no')
    },
    (error) => failures.push(error),
  )
  stream.push(1)
  stream.push(2)
  stream.end()
  await done
  assert.deepEqual([seen, failures.length], [[1, 2], 1])
})

test('an abort that was is an abort', () => {
  const reasons: unknown[] = []
  onAbort(AbortSignal.abort('early'), (reason) => reasons.push(reason))
  const controller = new AbortController()
  const forget = onAbort(controller.signal, (reason) => reasons.push(reason))
  forget()
  controller.abort('late')
  assert.deepEqual(reasons, ['early'])
})
