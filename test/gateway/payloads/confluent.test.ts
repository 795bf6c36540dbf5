// What serializers of a schema registry put before values: written, read again, and refused where it is cut short.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { headOf, indexesOf, splitIndexes, withoutNumber } from '../../../gateway/payloads/confluent.ts'
import { mergeImages } from '../../../gateway/payloads/descriptors.ts'
import { buildImage } from '../../support/images.ts'

test('a value without indexes has five bytes before it, one with them those too', () => {
  assert.deepEqual([...headOf(258, undefined)], [0, 0, 0, 1, 2])
  assert.deepEqual([...headOf(258, [0])], [0, 0, 0, 1, 2, 0])
  // As Confluent's serializers write them: a count and each index, zigzag.
  assert.deepEqual([...headOf(1, [1])], [0, 0, 0, 0, 1, 2, 2])
  assert.deepEqual([...headOf(1, [2, 0, 100])], [0, 0, 0, 0, 1, 6, 4, 0, 200, 1])
})

test('what is written is read again, whatever the indexes', () => {
  const indexes = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(indexes, fc.nat(), fc.uint8Array({ maxLength: 8 }), (given, number, rest) => {
      const value = Buffer.concat([headOf(number, given), rest])
      const split = splitIndexes(withoutNumber(value) ?? Buffer.alloc(0))
      assert.deepEqual([split?.indexes, [...(split?.rest ?? [])]], [given, [...rest]])
    }),
  )
})

test('what does not begin so is none', () => {
  assert.equal(withoutNumber(Buffer.from([0, 0, 0, 0])), undefined)
  assert.equal(withoutNumber(Buffer.from([1, 0, 0, 0, 1, 5])), undefined)
  for (const bytes of [[], [2], [2, 0x80], [1], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80], [200, 1]])
    assert.equal(splitIndexes(Buffer.from(bytes)), undefined, bytes.join())
})

test('a message is found by its place in the file, maps before it and messages around it counted', () => {
  const merged = mergeImages([
    {
      name: 'i',
      bytes: buildImage({
        'a.proto':
          'syntax = "proto3"; package a; message A {} message B { map<string, string> m = 1; message C { message D {} } }',
      }),
    },
  ])
  assert.ok(typeof merged !== 'string')
  const at = (name: string) => indexesOf(merged.find(name) ?? assert.fail(name))
  // The entry of a map is a nested message, wherever the compiler puts it.
  assert.deepEqual([at('a.A'), at('a.B'), at('a.B.C').slice(0, 1), at('a.B.C.D').at(-1)], [[0], [1], [1], 0])
})
