// A node's clients are sent elsewhere one by one, with their acks, and nobody is waited for for ever.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Connection } from '../../../gateway/connection/connection.ts'
import { drain } from '../../../gateway/connection/drain.ts'
import { waitFor } from '../../support/wait.ts'
import { fakeConnection } from '../fake-connection.ts'
import { fakeSession } from '../fakes.ts'

/** Connections that end when they are closed. */
function connections(count: number) {
  const all = new Map<Connection, ReturnType<typeof fakeConnection>>()
  for (let n = 0; n < count; n++) {
    const opened = fakeConnection({ session: fakeSession() })
    const { socket, connection } = opened
    socket.close = (code, reason) => {
      socket.closed ??= { code, reason }
      all.delete(connection)
    }
    all.set(connection, opened)
  }
  return { all, each: [...all.values()] }
}

test('each is told when to come back, at its own moment within the spread, and closed with 1012', async () => {
  const { all, each } = connections(3)
  const moments = [0, 0.5, 1]
  await drain(() => all.keys(), { spread: 100, timeout: 5_000, random: () => moments.shift() ?? 0 })
  assert.deepEqual(
    each.map(({ socket }) => [socket.frames[0]?.['reconnectAfterMs'], socket.closed?.code]),
    [
      [0, 1012],
      [50, 1012],
      [100, 1012],
    ],
  )
})

test('who waits for an ack gets it first', async () => {
  const { all, each } = connections(1)
  const [{ connection, socket }] = each as [(typeof each)[0]]
  connection.inflight = 1
  let looks = 0
  const look = () => {
    looks++
    return all.keys()
  }
  const drained = drain(look, { spread: 0, timeout: 5_000 })
  await waitFor(() => looks > 3)
  assert.deepEqual([socket.closed], [undefined])
  connection.inflight = 0
  await drained
  assert.equal(socket.closed?.code, 1012)
})

test('whoever is left when the time is over is closed all the same', async () => {
  const { all, each } = connections(2)
  for (const { connection } of each) connection.inflight = 1
  await drain(() => all.keys(), { spread: 0, timeout: 50 })
  assert.ok(each.every(({ socket }) => socket.closed?.code === 1012))
})

test('who is not welcomed yet is told nothing, and who comes later is closed, too', async () => {
  const { all, each } = connections(1)
  const [first] = each
  const stranger = fakeConnection()
  stranger.socket.close = (code, reason) => {
    stranger.socket.closed = { code, reason }
    all.delete(stranger.connection)
  }
  if (first) first.connection.inflight = 1
  all.set(stranger.connection, stranger)
  const drained = drain(() => all.keys(), { spread: 0, timeout: 5_000 })
  await waitFor(() => stranger.socket.closed?.code === 1012)
  assert.deepEqual(stranger.socket.sent, [])
  const late = connections(1)
  const [[connection, opened] = []] = [...late.all]
  assert.ok(connection && opened)
  all.set(connection, opened)
  opened.socket.close = (code, reason) => {
    opened.socket.closed = { code, reason }
    all.delete(connection)
  }
  await waitFor(() => opened.socket.closed?.code === 1012)
  if (first) first.connection.inflight = 0
  await drained
})

test('with nobody there it is done at once', async () => {
  await drain(() => [], { spread: 60_000, timeout: 60_000 })
})
