// The inner pieces of kafkajs that the broker room builds on are there, and its two mends hold.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import {
  apiKeys,
  ConnectionPool,
  kafkajs,
  MemberAssignment,
  MemberMetadata,
  NodeConnection,
  requests,
} from '../../../gateway/broker/internals.ts'
import { readRecord } from '../../../gateway/broker/record-decoder.ts'

const load = createRequire(import.meta.url)
const RequestQueue = load('kafkajs/src/network/requestQueue') as new (
  options: object,
) => {
  pending: unknown[]
  throttleCheckTimeoutId: unknown
  checkPendingRequests(): void
  destroy(): void
}

test('kafkajs is the version that these pieces were taken from', () => {
  assert.equal((load('kafkajs/package.json') as { version: string }).version, '2.2.4')
})

test('requests that are sent without its producer and consumer are still known to kafkajs', () => {
  const used = ['Produce', 'Metadata', 'InitProducerId', 'ApiVersions', 'GroupCoordinator', 'DescribeGroups']
  used.push('Fetch', 'LeaveGroup', 'Heartbeat', 'OffsetCommit', 'OffsetFetch', 'ListOffsets')
  for (const api of used) {
    assert.equal(typeof apiKeys[api], 'number', api)
    assert.ok((requests[api]?.versions.length ?? 0) > 0, api)
  }
  assert.equal(typeof NodeConnection.prototype.syncGroup, 'function')
  const methods = ConnectionPool.prototype as unknown as Record<string, unknown>
  for (const method of ['send', 'getConnection', 'getConnectionByRequest'])
    assert.equal(typeof methods[method], 'function', method)
  for (const codec of [1, 2, 3, 4]) assert.ok(codec in kafkajs.CompressionCodecs)
})

test('what members say of themselves survives the way through the group', () => {
  const metadata = { version: 1, topics: ['a'], userData: Buffer.from('7') }
  assert.deepEqual(MemberMetadata.decode(MemberMetadata.encode(metadata)), metadata)
  const assigned = { version: 1, assignment: { a: [0] }, userData: Buffer.alloc(0) }
  assert.deepEqual(MemberAssignment.decode(MemberAssignment.encode(assigned)), assigned)
})

test('records are read by our reader', () => {
  assert.equal(load('kafkajs/src/protocol/recordBatch/record/v0/decoder'), readRecord)
})

test('an idle connection runs no timer, a full one does', () => {
  const logger = { debug: () => undefined, warn: () => undefined }
  const queue = new RequestQueue({
    maxInFlightRequests: 0,
    requestTimeout: 1,
    clientId: 'c',
    broker: 'b',
    logger,
  })
  queue.checkPendingRequests()
  assert.equal(queue.throttleCheckTimeoutId, null)
  queue.pending.push({})
  queue.checkPendingRequests()
  assert.notEqual(queue.throttleCheckTimeoutId, null)
  queue.destroy()
})
