// Whatever kafkajs throws becomes one of our kinds; nothing that may have been carried out is called not sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerFailure, kindOfCode, toFailure } from '../../../gateway/broker/failure.ts'
import { kafkajs } from '../../../gateway/broker/internals.ts'

const connection = (message: string) => new kafkajs.KafkaJSConnectionError(message, { broker: 'b:1' })
const protocol = (code: number) =>
  Object.assign(new Error('as Kafka said'), { name: 'KafkaJSProtocolError', code })

test('a connection that was never made sent nothing; one that broke may have', () => {
  assert.equal(toFailure(connection('Connection error: connect ECONNREFUSED 127.0.0.1:1')).kind, 'not-sent')
  assert.equal(toFailure(connection('Connection error: getaddrinfo ENOTFOUND b')).kind, 'not-sent')
  assert.equal(toFailure(connection('Connection timeout')).kind, 'not-sent')
  assert.equal(toFailure(connection('Not connected')).kind, 'not-sent')
  assert.equal(toFailure(connection('Connection error: read ETIMEDOUT')).kind, 'unknown')
  assert.equal(toFailure(connection('Connection error: read ECONNRESET')).kind, 'unknown')
  assert.equal(toFailure(connection('Closed connection')).kind, 'unknown')
})

test('the last error of kafkajs retries is what counts', () => {
  const wrapped = Object.assign(new Error('given up'), {
    name: 'KafkaJSNumberOfRetriesExceeded',
    cause: protocol(10),
  })
  assert.equal(toFailure(wrapped).kind, 'too-large')
})

test('codes of Kafka: certain where they are, unknown where they leave it open', () => {
  assert.equal(kindOfCode(3), 'topic-missing')
  assert.equal(kindOfCode(6), 'moved')
  assert.equal(kindOfCode(19), 'busy')
  assert.equal(kindOfCode(45), 'fenced')
  assert.equal(kindOfCode(25), 'not-member')
  for (const open of [-1, 7, 13, 20, 56, 12_345]) assert.equal(kindOfCode(open), 'unknown')
  assert.equal(toFailure(protocol(29)).kind, 'not-writable')
})

test('anything else is unknown, and a failure of ours is itself', () => {
  for (const thrown of [undefined, null, 'text', 7, new TypeError('x'), { message: 5 }])
    assert.equal(toFailure(thrown).kind, 'unknown')
  const ours = new BrokerFailure('busy', 'later')
  assert.equal(toFailure(ours), ours)
})
