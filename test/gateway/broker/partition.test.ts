// Our murmur2 against kafkajs's, which is Java's.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { murmur2, partitionOf } from '../../../gateway/broker/partition.ts'

const load = createRequire(import.meta.url)
const theirs = load('kafkajs/src/producer/partitioners/default/murmur2') as (key: string) => number

test('a key has the hash that every Kafka client gives it', () => {
  const key = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 60 }))
  fc.assert(fc.property(key, (text) => assert.equal(murmur2(text), theirs(text))))
})

test('a partition is one of those that exist', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
      const partition = partitionOf(key, partitions)
      assert.ok(Number.isInteger(partition) && partition >= 0 && partition < partitions)
    }),
  )
})
