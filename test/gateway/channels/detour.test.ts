// A client that catches up while more comes: piece by piece, as its socket has room.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Channel } from '../../../gateway/channels/channel.ts'
import { Replay } from '../../../gateway/channels/detour.ts'
import { Hub } from '../../../gateway/channels/hub.ts'
import { TailRing } from '../../../gateway/channels/tail-ring.ts'
import { entryAt } from './entries.ts'
import { ruleFor, TestClient } from './world.ts'

const pace = { slowAt: 100, held: 1_000, heldOfAll: 2_000 }

/** A channel with a tail of at most `messages`, and a client that takes one piece before it is slow again. */
function start(messages: number) {
  const hub = new Hub({ read: () => [], tail: { messages, bytes: 1e9 }, allTails: 1e9 })
  const ring = new TailRing(0, { messages, bytes: 1e9, age: 1e9 })
  const channel = new Channel('', 'a', ruleFor('t'), ring)
  const client = new TestClient()
  const { sendFramed } = client
  client.sendFramed = (frames) => {
    sendFramed.call(client, frames)
    client.waitingBytes = 1_000
  }
  let next = 0
  /** Of 40 KiB each: two are a piece. */
  const push = (count: number): void => {
    for (let n = 0; n < count; n++, next++)
      ring.push(entryAt(next, { text: `"${next} ${'x'.repeat(40_960)}"` }), 0)
    hub.next = next
  }
  const got = (): number[] => client.payloads.map((text) => Number((text as string).split(' ')[0]))
  return { hub, channel, client, push, got }
}

test('what comes between two pieces follows them, and then it is done', () => {
  const { hub, channel, client, push, got } = start(100)
  push(3)
  const replay = new Replay(client, channel, hub, pace, { recovered: true, entries: [], upTo: 0 })
  const pumped: string[] = []
  for (const more of [2, 1, 3, 0, 0, 0, 0]) {
    client.waitingBytes = 0
    pumped.push(replay.pump())
    if (pumped.at(-1) === 'done') break
    push(more)
  }
  assert.deepEqual(got(), [0, 1, 2, 3, 4, 5, 6, 7, 8])
  assert.equal(pumped.at(-1), 'done')
  assert.equal(replay.position, undefined)
})

test('nothing is written while the socket has no room', () => {
  const { hub, channel, client, push, got } = start(100)
  push(3)
  client.waitingBytes = 1_000
  const replay = new Replay(client, channel, hub, pace, { recovered: true, entries: [], upTo: 0 })
  assert.equal(replay.pump(), 'more')
  assert.deepEqual(got(), [])
  assert.equal(replay.position, '0.0.0')
})

test('where the tail has let go of what comes next, it is lost, not passed over', () => {
  const { hub, channel, client, push, got } = start(3)
  push(2)
  const replay = new Replay(client, channel, hub, pace, { recovered: true, entries: [], upTo: 0 })
  assert.equal(replay.pump(), 'more')
  push(4)
  client.waitingBytes = 0
  assert.equal(replay.pump(), 'lost')
  assert.deepEqual(got(), [0, 1])
})
