// A topic of channels read as a whole: what was in it before, and what comes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { follow } from '../../../consumers/kit/follow.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld, numbered } from './world.ts'

test('everything that was there has been told when it resolves, in order; the rest follows', async (t) => {
  const { kafka, topic, group, backend } = await createWorld(t)
  await kafka.send(
    topic,
    numbered(300, (n) => `key ${n % 7}`),
  )
  const told: string[] = []
  const listen = () => follow(backend(), { topic, group }, ({ value }) => void told.push(value.toString()))
  await listen()
  assert.deepEqual(
    told,
    Array.from({ length: 300 }, (_, n) => String(n)),
  )
  await kafka.send(topic, [{ value: 'more' }])
  await waitFor(() => told.at(-1) === 'more', { timeoutMs: 20_000 })

  // Another one begins at the beginning, too, and the marks of both are told to nobody.
  told.length = 0
  await listen()
  assert.equal(told.filter((value) => value === '0').length, 1)
  assert.equal(told.length, 301)
})

test('a record that cannot be read is passed, and those behind it come', async (t) => {
  const { kafka, topic, group, backend } = await createWorld(t)
  await kafka.send(topic, numbered(5))
  const told: string[] = []
  await follow(backend(), { topic, group }, ({ value }) => {
    if (value.toString() === '2') throw new Error('what is this')
    told.push(value.toString())
  })
  for (const n of ['3', '4']) assert.ok(told.includes(n))
})
