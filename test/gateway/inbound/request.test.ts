// A request is answered once: by its replies, its time, or Kafka; and only so many wait at a time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientRequests } from '../../../gateway/session/requests.ts'
import { notStored, stored } from '../fakes.ts'
import { publishWorld, request } from './publish-world.ts'

test('a request is answered by its replies alone, and its time goes into the record', (t) => {
  const { send, publisher, socket, session } = publishWorld(t)
  const before = Date.now()
  send(request({ timeoutMs: 500 }))
  publisher.settle(stored())
  assert.deepEqual([socket.sent, session.requests.stateOf('q')], [[], 'open'])
  const until = Date.parse(publisher.records[0]?.headers['ce_expirytime'] ?? '')
  assert.ok(until >= before + 500 && until <= Date.now() + 500)
})

test('a request without a reply in its time is refused, and the backend is told', (t) => {
  const { send, told, publisher, session, pass } = publishWorld(t)
  send(request({ timeoutMs: 500 }))
  publisher.settle(stored())
  pass(490)
  assert.deepEqual(told(), [])
  pass(30)
  assert.deepEqual([told(), session.requests.stateOf('q')], [['refusal q timeout'], 'ended'])
  const cancel = publisher.records[1]
  assert.deepEqual([cancel?.headers['ce_cancel'], cancel?.value.length], ['true', 0])
})

test('a request that timed out is not refused a second time when Kafka gives up on it', (t) => {
  const { send, told, publisher, pass } = publishWorld(t)
  send(request({ timeoutMs: 500 }))
  pass(600)
  publisher.settle(notStored('broker-unavailable'))
  assert.deepEqual(told(), ['refusal q timeout'])
})

test('a request that Kafka did not take is refused and no longer open', (t) => {
  const { send, told, publisher, session, pass } = publishWorld(t)
  send(request())
  publisher.settle(notStored('outcome-unknown'))
  pass(60_000)
  assert.deepEqual([told(), session.requests.stateOf('q')], [['refusal q outcome-unknown'], 'unknown'])
})

test('a request that is open is not sent twice; one that has ended is', (t) => {
  const { send, publisher, session } = publishWorld(t)
  send(request())
  send(request())
  publisher.settle(stored())
  send(request())
  assert.equal(publisher.records.length, 1)
  session.requests.answered('q')
  send(request())
  assert.equal(publisher.records.length, 2)
  assert.equal(session.requests.stateOf('q'), 'open')
})

test('open requests are bounded', (t) => {
  const { send, told, publisher } = publishWorld(t, { session: { requests: new ClientRequests(2) } })
  for (const id of ['a', 'b', 'c']) send(request({ id }))
  assert.deepEqual([told(), publisher.records.length], [['refusal c too-many-inflight'], 2])
})
