// A backend lives through what happens to Kafka and to its group: nothing is lost, and it goes on by itself.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBackend } from '../../../consumers/kit/backend.ts'
import { testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { ownKafka, testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { endingFirst } from './ending-first.ts'

const log = { debug: () => {}, warn: () => {} }

describe('a backend in trouble', () => {
  it('goes on after its broker was killed, with every record answered', async (t) => {
    const server = await ownKafka(t)
    await endingFirst(async (scope) => {
      const kafka = testKafka(scope, server.brokers)
      const [topic, slot] = [randomName('in'), randomName('slot')]
      await kafka.createTopics([{ topic, partitions: 2 }, { topic: slot }])
      const backend = createBackend({ brokers: server.brokers, group: 'echo', log })
      scope.after(() => backend.stop())
      await backend.consume(topic, (received) => received.reply(received.value))
      const send = (from: number, to: number) =>
        kafka.send(
          topic,
          Array.from({ length: to - from }, (_, n) => ({
            key: `k${n % 5}`,
            value: String(from + n),
            headers: { ce_replyto: slot, ce_session: `s${n % 5}` },
          })),
        )
      const replies = await kafka.read(slot)
      await send(0, 500)
      await waitFor(() => replies.length > 0)
      await server.kill()
      await server.start()
      const since = performance.now()
      await send(500, 1_000)
      const answered = () => new Set(replies.map(({ text }) => text)).size
      await waitFor(() => answered() === 1_000, {
        timeoutMs: 40_000,
        describe: () => `${answered()} answered`,
      })
      const took = ((performance.now() - since) / 1_000).toFixed(1)
      t.diagnostic(
        `1000 sent, ${answered()} answered, ${replies.length - 1_000} repeated, ${took} s after the restart`,
      )
      assert.equal(await backend.stop(), true)
    })
  })

  it('shares the work with others that come and go', async (t) => {
    const { brokers } = await testStack()
    const kafka = testKafka(t, brokers)
    const [topic, group] = [randomName('shared'), randomName('group')]
    await kafka.createTopics([{ topic, partitions: 4 }])
    const seen = new Map<string, number>()
    const by = [0, 0, 0]
    const member = async (index: number) => {
      const backend = createBackend({ brokers, group, log })
      t.after(() => backend.stop())
      await backend.consume(topic, async ({ value }) => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        by[index] = (by[index] ?? 0) + 1
        seen.set(String(value), (seen.get(String(value)) ?? 0) + 1)
      })
      return backend
    }
    let next = 0
    const send = () =>
      kafka.send(
        topic,
        Array.from({ length: 200 }, () => ({ key: `k${next % 20}`, value: String(next++) })),
      )
    const first = await member(0)
    await send()
    await waitFor(() => (by[0] ?? 0) > 0)
    await member(1)
    await send()
    await waitFor(() => (by[1] ?? 0) > 0, { timeoutMs: 20_000 })
    assert.equal(await first.stop(), true)
    await member(2)
    await send()
    await waitFor(() => seen.size === next, { timeoutMs: 20_000, describe: () => `${seen.size} of ${next}` })
    t.diagnostic(`${next} sent, ${seen.size} handled, by members: ${by.join(', ')}`)
  })
})
