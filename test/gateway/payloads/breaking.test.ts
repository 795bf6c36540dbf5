// Sets of descriptors that take the place of another: merged, refused where something would break, taken where nothing does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCatalog } from '../../../gateway/payloads/catalog.ts'
import { type Descriptors, mergeImages } from '../../../gateway/payloads/descriptors.ts'
import { nextCatalog } from '../../../gateway/payloads/reload.ts'
import { buildImage } from '../../support/images.ts'

const file = (body: string, name = 'a/v1/a.proto') => ({
  [name]: `syntax = "proto3"; package a.v1; import "buf/validate/validate.proto"; ${body}`,
})
const merge = (...images: Record<string, string>[]): Descriptors | string =>
  mergeImages(images.map((files, at) => ({ name: `image ${at + 1}`, bytes: buildImage(files) })))

const first = `message M { string s = 1; int32 n = 2; repeated string l = 3; E e = 4; I i = 5; map<string, int32> m = 6; }
  message I { bool b = 1; } enum E { E_NONE = 0; E_ONE = 1; } message Free { string s = 1; }`
const before = merge(file(first))
assert.ok(typeof before !== 'string')
const now = createCatalog(before, ['a.v1.M'])
assert.ok(typeof now !== 'string')

const after = (change: (text: string) => string): string => {
  const next = merge(file(change(first)))
  if (typeof next === 'string') return next
  const catalog = nextCatalog(now, next, ['a.v1.M'], [{ type: 'a.v1.M', path: ['s'] }])
  return typeof catalog === 'string' ? catalog : 'taken'
}

const changes: readonly (readonly [name: string, change: (text: string) => string, says: string])[] = [
  ['nothing', (text) => text, 'taken'],
  ['a field more', (text) => text.replace('int32 n = 2;', 'int32 n = 2; string more = 9;'), 'taken'],
  ['a value more', (text) => text.replace('E_ONE = 1;', 'E_ONE = 1; E_TWO = 2;'), 'taken'],
  ['a field gone and reserved', (text) => text.replace('int32 n = 2;', 'reserved 2; reserved "n";'), 'taken'],
  [
    'a field that is a key gone, though reserved',
    (text) => text.replace('string s = 1; int32', 'reserved 1; reserved "s"; int32'),
    'a.v1.M has no field s, and keys of records are made of that',
  ],
  ['a message that nobody uses gone', (text) => text.replace('message Free { string s = 1; }', ''), 'taken'],
  [
    'a field gone',
    (text) => text.replace('int32 n = 2;', ''),
    'the field a.v1.M.n is gone; reserve its number 2 and its name',
  ],
  [
    'a field of another kind',
    (text) => text.replace('int32 n', 'string n'),
    'the field a.v1.M.n was int32 and is string',
  ],
  [
    'a list in place of one',
    (text) => text.replace('string s = 1; int32', 'repeated string s = 1; int32'),
    'the field a.v1.M.s was string and is a list of string',
  ],
  [
    'another map',
    (text) => text.replace('map<string, int32>', 'map<string, int64>'),
    'the field a.v1.M.m was a map of string and int32 and is a map of string and int64',
  ],
  [
    'another name',
    (text) => text.replace('int32 n = 2', 'int32 nn = 2'),
    'the field a.v1.M.n is nn in JSON and was n',
  ],
  ['deeper', (text) => text.replace('bool b = 1', 'bool c = 1'), 'the field a.v1.I.b is c in JSON and was b'],
  [
    'a value gone',
    (text) => text.replace('E_ONE = 1;', ''),
    'E_ONE of a.v1.E is gone; reserve its number and its name',
  ],
  [
    'a value of another name',
    (text) => text.replace('E_ONE', 'E_UNO'),
    'E_ONE of a.v1.E is called E_UNO now',
  ],
  ['the message gone', (text) => text.replace('message M ', 'message N '), 'the message a.v1.M is gone'],
]
for (const [name, change, says] of changes) test(`${name}: ${says}`, () => assert.equal(after(change), says))

test('a rule that cannot be understood is found before any message comes', () => {
  const says = after((text) =>
    text.replace(
      'int32 n = 2;',
      'int32 n = 2 [(buf.validate.field).cel = {id: "x", expression: "this.no > "}];',
    ),
  )
  assert.match(says, /^a rule of a\.v1\.M cannot be understood: /)
})

test('several images are one: the same file twice is none too many, two that differ are a conflict with both named', () => {
  const other = { 'b/v1/b.proto': 'syntax = "proto3"; package b.v1; message B { string s = 1; }' }
  const both = merge(file(first), other)
  assert.ok(typeof both !== 'string')
  assert.ok(both.find('a.v1.M') && both.find('b.v1.B') && both.find('google.protobuf.Duration'))
  const twice = merge(file(first), { ...file(first), ...other })
  assert.ok(typeof twice !== 'string')
  assert.equal(
    merge(file(first), file(first.replace('int32 n', 'int64 n'))),
    'a/v1/a.proto is not the same in image 1 and in image 2; build both from one version',
  )
  assert.equal(
    merge(file('message M {}'), file('message M {}', 'c/v1/c.proto')),
    'a.v1.M is in a/v1/a.proto (image 1) and in c/v1/c.proto (image 2); a message has one place',
  )
})
