// How a backend ends: asked to, out of patience, or killed; what it had in hand is never lost.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { createWorld, numbered } from './world.ts'

describe('a backend that ends', () => {
  it('finishes what it has in hand, commits it, leaves the group, and begins nothing more', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    await kafka.send(
      topic,
      numbered(10, () => 'k'),
    )
    const begun: string[] = []
    const finish = Promise.withResolvers<void>()
    const first = backend()
    await first.consume(topic, async ({ value }) => {
      begun.push(String(value))
      if (String(value) === '3') await finish.promise
    })
    await waitFor(() => begun.length === 4)
    const stopping = first.stop()
    finish.resolve()
    assert.equal(await stopping, true)
    assert.deepEqual(begun, ['0', '1', '2', '3'])
    assert.equal(await kafka.committed(group, topic), 4)

    const rest: string[] = []
    const started = performance.now()
    await backend().consume(topic, ({ value }) => rest.push(String(value)))
    await waitFor(() => rest.length === 6)
    assert.deepEqual(rest, ['4', '5', '6', '7', '8', '9'])
    assert.ok(performance.now() - started < 10_000, 'nobody waited for the session of the first to run out')
  })

  it('does not wait longer than it was given', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    await kafka.send(topic, [{ value: 'stuck' }])
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const stuck = backend()
    await stuck.consume(topic, () => {
      begun.resolve()
      return end.promise
    })
    await begun.promise
    assert.equal(await stuck.stop(50), false)
    assert.equal(await kafka.committed(group, topic), -1)
    end.resolve()
  })

  it('leaves what it had in hand when it was killed to be handled again', async (t) => {
    const { brokers, kafka, topic, group, backend } = await createWorld(t)
    await kafka.send(
      topic,
      numbered(3, () => 'k'),
    )
    const program = join(import.meta.dirname, 'programs/slow.ts')
    const child = spawn(process.execPath, [program, brokers.join(','), topic, group])
    t.after(() => child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
    })
    await waitFor(() => output.includes('begins 1'), { timeoutMs: 20_000, describe: () => output })
    await waitFor(async () => (await kafka.committed(group, topic)) === 1)
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
    const seen: string[] = []
    const successor = backend()
    await successor.consume(topic, ({ value }) => seen.push(String(value)))
    await waitFor(() => seen.length === 2, { timeoutMs: 45_000 })
    assert.deepEqual(seen, ['1', '2'], 'what was done is not repeated, what was begun is')
  })
})
