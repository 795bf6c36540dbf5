// Publishes and requests: the queue and its bound, losses, refusals, aborts, and answers of backends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenClawError, RefusedError, ReplyError } from '../../client/index.ts'
import { waitFor } from '../support/wait.ts'
import { ack, deliver, scripted } from './scripted.ts'

const reply = (id: unknown, payload: unknown, more: object = {}) => ({
  id,
  position: 'p',
  contentType: 'application/json',
  time: '2026-03-01T12:00:00Z',
  payload,
  ...more,
})

test('what is published offline goes out in order, and one too many is a clear error', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client({ queueLimit: 2 })
  const published = [one.publish('r', 1), one.publish('r', 2)]
  await assert.rejects(one.publish('r', 3), (error: OpenClawError) => {
    return error instanceof OpenClawError && error.code === 'queue-full' && /queueLimit/.test(error.fix)
  })
  void one.connect()
  const peer = await welcome()
  for (const sequence of ['1', '2']) {
    const { fields } = await peer.next('publish')
    assert.equal(fields['sequence'], sequence)
    ack(peer, fields, Number(sequence))
  }
  const offsets = (await Promise.all(published)).map(({ offset }) => offset)
  assert.deepEqual(offsets, ['1', '2'])
  await assert.rejects(one.publish('r', undefined), TypeError)
})

test('with `ordered` there is one at a time, so that a refused one stays first', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client({ ordered: true })
  const connected = one.connect()
  const peer = await welcome()
  await connected
  const published = [one.publish('r', 1), one.publish('other', 2)]
  const first = await peer.next('publish')
  peer.tell('refusal', { id: first.fields['id'], code: 'broker-unavailable', message: 'm', retryable: true })
  const again = await peer.next('publish')
  assert.equal(again.fields['id'], first.fields['id'])
  ack(peer, again.fields)
  ack(peer, (await peer.next('publish')).fields)
  await Promise.all(published)
})

test('an abort and a deadline end a publish; its late ack is nobody’s', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  const connected = one.connect()
  const peer = await welcome()
  await connected
  const controller = new AbortController()
  const aborted = one.publish('r', 1, { signal: controller.signal })
  const { fields } = await peer.next('publish')
  controller.abort(new Error('changed my mind'))
  await assert.rejects(aborted, /changed my mind/)
  ack(peer, fields)
  await assert.rejects(one.publish('r', 2, { timeoutMs: 30 }), { code: 'timeout' })
  assert.equal(one.waiting, 0)
  await assert.rejects(one.publish('r', 3, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  assert.equal(peer.end, undefined)
})

test('too large: known before it is sent, or by a 1009, and never sent again', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  const connected = one.connect()
  const peer = await welcome({ limits: { maxFrameBytes: 1_000, maxInflight: 10, messagesPerSecond: 0 } })
  await connected
  const isTooLarge = (error: RefusedError) => error instanceof RefusedError && error.code === 'too-large'
  await assert.rejects(one.publish('r', 'x'.repeat(2_000)), isTooLarge)
  const [small, large] = [one.publish('r', 'small'), one.publish('r', 'larger than the other')]
  await peer.next('publish')
  await peer.next('publish')
  peer.ws.close(1009)
  await assert.rejects(large, isTooLarge)
  const back = await welcome({ resumed: true })
  const { fields } = await back.next('publish')
  assert.equal(fields['payload'], 'small')
  ack(back, fields)
  await small
})

test('a request has its last reply, several are read one by one, and an error is the backend’s', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  const connected = one.connect()
  const peer = await welcome()
  await connected
  const single = one.request('q', 1, { timeoutMs: 5_000 })
  const { fields } = await peer.next('request')
  assert.ok(Number(fields['timeoutMs']) <= 5_000)
  peer.tell('reply', reply(fields['id'], { answer: 42 }))
  assert.deepEqual((await single).payload, { answer: 42 })

  const failed = one.request('q', 2)
  const { id } = (await peer.next('request')).fields
  peer.tell('reply', reply(id, { why: 'closed' }, { error: 'market-closed' }))
  await assert.rejects(failed, (error: ReplyError) => {
    return error instanceof ReplyError && error.code === 'market-closed' && error.payload !== undefined
  })

  const parts: unknown[] = []
  const reading = (async () => {
    for await (const { payload } of one.requestStream('q', 3)) {
      parts.push(payload)
      if (parts.length === 2) break
    }
  })()
  const third = (await peer.next('request')).fields['id']
  for (const n of [1, 2, 3]) peer.tell('reply', reply(third, n, { more: true }))
  await reading
  assert.deepEqual(parts, [1, 2])
  assert.equal((await peer.next('cancel')).fields['id'], third)
})

test('a request that has begun is not sent again, and ends where its session does', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  const connected = one.connect()
  const peer = await welcome()
  await connected
  const [begun, open] = [one.requestStream('q', 'begun'), one.request('q', 'open')]
  const { id } = (await peer.next('request')).fields
  peer.tell('reply', reply(id, 1, { more: true }))
  assert.equal((await begun.next()).value?.payload, 1)
  peer.ws.terminate()
  const back = await welcome({ resumed: true })
  const { fields } = await back.next('request')
  assert.equal(fields['payload'], 'open')
  back.tell('reply', reply(id, 2, { more: true, position: 'p2' }))
  assert.equal((await begun.next()).value?.payload, 2)
  const ended = assert.rejects(begun.next(), { code: 'session-lost' })
  back.ws.terminate()
  const other = await welcome({ session: 's-2', recovered: false })
  await ended
  other.tell('reply', reply((await other.next('request')).fields['id'], 'here'))
  assert.equal((await open).payload, 'here')
})

test('a request whose answer never comes ends by itself, and tells the gateway', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  const connected = one.connect()
  const peer = await welcome()
  await connected
  const asked = one.request('q', 1, { timeoutMs: 20 })
  const { id } = (await peer.next('request')).fields
  await assert.rejects(asked, { code: 'timeout' })
  assert.equal((await peer.next('cancel')).fields['id'], id)
})

test('a cast is sent once and only where there is a connection', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  assert.equal(one.cast('typing', true), false)
  const connected = one.connect()
  const peer = await welcome()
  await connected
  assert.equal(one.cast({ channel: 'room:1' }, true), true)
  const { fields } = await peer.next('publish')
  assert.deepEqual([fields['id'], fields['channel']], [undefined, 'room:1'])
})

test('a close rejects what waits, and lets it finish where it is told to', async (t) => {
  const { client, welcome } = await scripted(t)
  const [hasty, polite] = [client(), client()]
  const connected = [hasty.connect(), polite.connect()]
  const peers = [await welcome(), await welcome()]
  await Promise.all(connected)
  const lost = assert.rejects(hasty.publish('r', 1), { code: 'closed' })
  await hasty.close()
  await lost
  await waitFor(() => peers.some(({ end }) => end !== undefined))
  const kept = polite.publish('r', 2)
  const closing = polite.close({ drainMs: 5_000 })
  const peer = peers.find(({ end }) => end === undefined)
  assert.ok(peer)
  ack(peer, (await peer.next('publish')).fields, 3)
  assert.equal((await kept).offset, '3')
  await closing
  assert.equal((await peer.ended()).code, 1000)
  deliver(peer, 'p1', 'nobody is there')
})
