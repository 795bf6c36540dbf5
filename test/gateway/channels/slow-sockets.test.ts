// A client whose socket is not read: its channel's policy comes to work, and nobody else notices. Over real sockets.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { WhenSlow } from '../../../gateway/channels/rules.ts'
import type { Connection } from '../../../gateway/connection/connection.ts'
import { waitFor } from '../../support/wait.ts'
import { open } from '../server/peer.ts'
import { startWorld } from '../server/world.ts'
import { memoryWorld, type Seen, subscribe } from './world.ts'

/** Bytes of one message: so many that the kernel's buffers are soon full. */
const size = 16 * 1024
const keys = 4

type Peer = {
  readonly ws: Awaited<ReturnType<typeof open>>
  readonly connection: Connection
  readonly seen: Seen[]
}

/** Clients of a gateway with one channel, the first of which stops to read. */
async function start(t: TestContext, whenSlow: WhenSlow) {
  const { port, accepted } = await startWorld(t)
  const held = (whenSlow === 'conflate' ? 20 : 3) * size
  const pace = { slowAt: size, held, heldOfAll: held }
  const { channels, publish } = await memoryWorld(t, { rule: { whenSlow }, sources: { pace } })
  const peers: Peer[] = []
  for (let n = 0; n < 4; n++) {
    const ws = await open(t, port)
    const connection = [...accepted.all()].at(-1)
    assert.ok(connection)
    const seen: Seen[] = []
    ws.on('message', (data: Buffer) => {
      const [[kind, fields] = ['', {}]] = Object.entries(
        JSON.parse(data.toString()) as Record<string, object>,
      )
      seen.push({ kind, ...fields })
    })
    peers.push({ ws, connection, seen })
    channels.subscribe(connection, subscribe('a'))
    await waitFor(() => seen.length === 1)
  }
  const [slow, ...healthy] = peers
  assert.ok(slow)
  slow.ws.pause()
  let sent = 0
  const fill = 'x'.repeat(size)
  /** One more message, which all that read have before it is done. */
  const send = async () => {
    const n = sent++
    await publish('a', [JSON.stringify({ n, fill })], { ce_conflationkey: `k${n % keys}` })
    await waitFor(() => healthy.every(({ seen }) => seen.length === sent + 1), { everyMs: 1 })
  }
  return { slow, healthy, send, sent: () => sent }
}

const numbersOf = (seen: readonly Seen[]): number[] =>
  seen.flatMap(({ kind, payload }) => (kind === 'message' ? [(payload as { n: number }).n] : []))

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

test('disconnect: who does not read is closed with 4513, and the others have everything', async (t) => {
  const { slow, healthy, send, sent } = await start(t, 'disconnect')
  while (slow.connection.open) await send()
  assert.equal(slow.connection.closing, 'slow-consumer')
  for (let n = 0; n < 3; n++) await send()
  for (const { seen } of healthy) assert.deepEqual(numbersOf(seen), upTo(sent()))
  slow.ws.resume()
  const { code } = await slow.ws.ended
  assert.equal(code, 4513)
  const got = numbersOf(slow.seen)
  assert.deepEqual(got, upTo(got.length))
})

for (const whenSlow of ['drop-oldest', 'conflate'] as const)
  test(`${whenSlow}: who does not read misses some and is told how many, the others have everything`, async (t) => {
    const { slow, healthy, send, sent } = await start(t, whenSlow)
    while (slow.connection.waitingBytes <= size) await send()
    const before = sent()
    for (let n = 0; n < 50; n++) await send()
    assert.ok(slow.connection.open)
    for (const { seen } of healthy) assert.deepEqual(numbersOf(seen), upTo(sent()))
    slow.ws.resume()
    const all = sent()
    await waitFor(() => numbersOf(slow.seen).at(-1) === all - 1)
    const got = numbersOf(slow.seen)
    const [dropped, ...more] = slow.seen.filter(({ kind }) => kind === 'dropped')
    assert.deepEqual(more, [])
    assert.equal(dropped?.['channel'], 'a')
    assert.equal(got.length + Number(dropped?.['count']), all)
    assert.deepEqual(
      got,
      got.toSorted((a, b) => a - b),
    )
    assert.deepEqual(got.slice(0, before), upTo(before))
    // What was kept is the newest: as many as there is room for, or one of each key.
    const kept = whenSlow === 'conflate' ? keys : 2
    assert.deepEqual(got.slice(-kept), upTo(all).slice(-kept))
    assert.equal(got.at(-kept - 1), before - 1)
    await send()
    await waitFor(() => numbersOf(slow.seen).at(-1) === all)
  })
