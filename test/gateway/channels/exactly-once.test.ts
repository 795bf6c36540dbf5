// Clients that come and go at any time, while messages come: each sees every message after its position once, in order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { WhenSlow } from '../../../gateway/channels/rules.ts'
import { createRandom, type Random } from '../../simulation/random.ts'
import { waitFor } from '../../support/wait.ts'
import { type MemoryWorld, memoryWorld, subscribe, TestClient } from './world.ts'

/** One who reads a channel over many connections, and what it has seen. */
type Reader = { client: TestClient | undefined; position: string | undefined; readonly got: number[] }

const channels = ['a', 'b'] as const
const messages = 400

function see(reader: Reader): void {
  const { client } = reader
  if (client === undefined) return
  for (const frame of client.seen.splice(0)) {
    assert.notEqual(frame['recovered'], false, 'nothing is gone')
    assert.notEqual(frame.kind, 'refusal')
    reader.position = String(frame['position'])
    if (frame.kind === 'message') reader.got.push(Number(frame['payload']))
  }
}

/** Connects or disconnects; of what was written before that, it has seen all. */
function flap(world: MemoryWorld, reader: Reader, channel: string, random: Random): void {
  see(reader)
  if (reader.client !== undefined) {
    world.channels.left(reader.client)
    reader.client.open = false
    reader.client = undefined
    return
  }
  const client = new TestClient()
  client.waitingBytes = random(3) === 0 ? 1024 ** 2 : 0
  reader.client = client
  const { position } = reader
  // Who has been shown nothing yet was told no position either: it begins before the first message.
  world.channels.subscribe(client, subscribe(channel, { since: position ?? '0.0.0' }))
}

for (const whenSlow of ['disconnect', 'drop-oldest'] satisfies WhenSlow[])
  for (const seed of [1, 2, 3, 4])
    test(`nothing missed and nothing twice, ${whenSlow}, seed ${seed}`, async (t) => {
      const random = createRandom(seed)
      // So little is kept in memory that most of what was missed is read from the log.
      const world = await memoryWorld(t, {
        rule: { whenSlow, historyMs: random(2) * 1_000 },
        sources: { tail: { messages: 10_000, bytes: 4 * 1024 ** 2 }, linger: 20 },
      })
      const readers = channels.map((channel) =>
        Array.from({ length: 5 }, () => ({
          channel,
          reader: { client: undefined, position: undefined, got: [] } as Reader,
        })),
      )
      const all = readers.flat()
      const sent: Record<string, number[]> = { a: [], b: [] }
      for (let n = 1; n <= messages; n++) {
        const channel = channels[random(2)] ?? 'a'
        await world.publish(channel, [n])
        sent[channel]?.push(n)
        for (let k = random(4); k > 0; k--) {
          const { reader, channel: of } = all[random(all.length)] ?? all[0]!
          // A slow one may come to read on.
          if (reader.client && reader.client.waitingBytes > 0 && random(2) === 0)
            reader.client.waitingBytes = 0
          else flap(world, reader, of, random)
          if (random(2) === 0) await turn()
        }
      }
      for (const { reader, channel } of all) {
        if (reader.client === undefined) flap(world, reader, channel, random)
        if (reader.client) reader.client.waitingBytes = 0
      }
      await waitFor(() => {
        for (const { reader } of all) see(reader)
        return all.every(({ reader, channel }) => reader.got.length >= (sent[channel]?.length ?? 0))
      })
      for (const { reader, channel } of all) assert.deepEqual(reader.got, sent[channel])
    })
