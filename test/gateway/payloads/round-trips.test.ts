// Messages of descriptors that are made up: whatever is in them, they are the same in JSON and in protobuf.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { create, fromBinary, type JsonObject, type JsonValue, toBinary } from '@bufbuild/protobuf'
import {
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt'
import fc from 'fast-check'
import { createCatalog } from '../../../gateway/payloads/catalog.ts'
import { mergeImages } from '../../../gateway/payloads/descriptors.ts'
import { isInvalid } from '../../../gateway/payloads/invalid.ts'

/** Values of one kind of field as ProtoJSON writes them. */
const values: Readonly<Partial<Record<Type, fc.Arbitrary<JsonValue>>>> = {
  [Type.INT32]: fc.integer(),
  [Type.SINT32]: fc.integer(),
  [Type.SFIXED32]: fc.integer(),
  [Type.UINT32]: fc.nat(),
  [Type.FIXED32]: fc.nat(),
  [Type.INT64]: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
  [Type.SFIXED64]: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
  [Type.UINT64]: fc.bigInt(0n, 2n ** 64n - 1n).map(String),
  [Type.DOUBLE]: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom('NaN', 'Infinity', '-Infinity'),
  ),
  [Type.FLOAT]: fc.float({ noNaN: true, noDefaultInfinity: true }),
  [Type.BOOL]: fc.boolean(),
  [Type.STRING]: fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.toWellFormed()),
  [Type.BYTES]: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  [Type.ENUM]: fc.constantFrom('NONE', 'SOME', 'MANY'),
}
const scalars = Object.keys(values).map(Number) as Type[]

type Field = { readonly type: Type; readonly shape: 'one' | 'optional' | 'list' | 'oneof' }
type Shape = { readonly fields: readonly Field[]; readonly inner: readonly Field[] }

const field: fc.Arbitrary<Field> = fc.record({
  type: fc.constantFrom(...scalars, Type.MESSAGE),
  shape: fc.constantFrom('one', 'optional', 'list', 'oneof'),
})
const plainField: fc.Arbitrary<Field> = fc.record({
  type: fc.constantFrom(...scalars),
  shape: fc.constantFrom('one', 'list'),
})
const shapes: fc.Arbitrary<Shape> = fc.record({
  fields: fc.array(field, { minLength: 1, maxLength: 8 }),
  inner: fc.array(plainField, { minLength: 1, maxLength: 4 }),
})

const typeNames: Readonly<Partial<Record<Type, string>>> = {
  [Type.MESSAGE]: '.made.Inner',
  [Type.ENUM]: '.made.Some',
}

/** A message, and the message that may be in it. `optional` has a oneof of its own, behind the real one. */
function toImage({ fields, inner }: Shape): Uint8Array {
  const optionals = fields.flatMap(({ shape }, at) => (shape === 'optional' ? [at] : []))
  const hasOneof = fields.some(({ shape }) => shape === 'oneof')
  const oneofOf = ({ shape }: Field, at: number) => {
    if (shape === 'oneof') return { oneofIndex: 0 }
    return shape === 'optional'
      ? { oneofIndex: (hasOneof ? 1 : 0) + optionals.indexOf(at), proto3Optional: true }
      : {}
  }
  const toField = (each: Field, at: number) => ({
    name: `f${at}`,
    jsonName: `f${at}`,
    number: at + 1,
    type: each.type,
    typeName: typeNames[each.type] ?? '',
    label: each.shape === 'list' ? Label.REPEATED : Label.OPTIONAL,
    ...oneofOf(each, at),
  })
  const some = ['NONE', 'SOME', 'MANY'].map((name, number) => ({ name, number }))
  const outer = {
    name: 'Outer',
    field: fields.map(toField),
    oneofDecl: [...(hasOneof ? ['choice'] : []), ...optionals.map((at) => `_f${at}`)].map((name) => ({
      name,
    })),
  }
  const file = {
    name: 'made.proto',
    package: 'made',
    syntax: 'proto3',
    messageType: [outer, { name: 'Inner', field: inner.map(toField) }],
    enumType: [{ name: 'Some', value: some }],
  }
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [file] }))
}

const one = ({ type }: Field, inner: readonly Field[]): fc.Arbitrary<JsonValue> =>
  type === Type.MESSAGE ? messages({ fields: inner, inner: [] }) : (values[type] ?? fc.constant(null))

/** Messages of a shape, as JSON; of a oneof one field at most. */
const messages = ({ fields, inner }: Shape): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(
      fc.nat(fields.length),
      fc.tuple(
        ...fields.map((each) => {
          const value = one(each, inner)
          return fc.option(each.shape === 'list' ? fc.array(value, { maxLength: 4 }) : value, {
            nil: undefined,
          })
        }),
      ),
    )
    .map(([chosen, given]) =>
      Object.fromEntries(
        given.flatMap((value, at) =>
          value === undefined || (fields[at]?.shape === 'oneof' && at !== chosen)
            ? []
            : [[`f${at}`, value as JsonValue]],
        ),
      ),
    )

const made = shapes.chain((shape) => messages(shape).map((json) => ({ shape, json })))

test('JSON, protobuf and JSON again say the same, for messages of any shape', () => {
  fc.assert(
    fc.property(made, ({ shape, json }) => {
      const merged = mergeImages([{ name: 'made', bytes: toImage(shape) }])
      assert.ok(typeof merged !== 'string')
      const catalog = createCatalog(merged, ['made.Outer'])
      assert.ok(typeof catalog !== 'string')
      const type = catalog.find('made.Outer')
      assert.ok(type !== undefined)
      const read = type.readJson(Buffer.from(JSON.stringify(json)), 'reject')
      assert.ok(!isInvalid(read))
      const bytes = type.toBinary(read.message, false)
      assert.deepEqual(Buffer.from(toBinary(type.desc, fromBinary(type.desc, bytes))), bytes)
      const again = type.readBinary(bytes, 'reject')
      assert.ok(!isInvalid(again))
      const shown = type.toJson(again.message)
      const twice = type.readJson(shown, 'reject')
      assert.ok(!isInvalid(twice))
      assert.deepEqual(type.toBinary(twice.message, false), bytes)
      assert.equal(type.check(twice.message), undefined)
    }),
    { numRuns: 400 },
  )
})

test('reading never throws, whatever the bytes, and what is read can be shown', () => {
  const shape: Shape = {
    fields: [...scalars, Type.MESSAGE].map((type) => ({ type, shape: 'one' })),
    inner: [{ type: Type.INT64, shape: 'list' }],
  }
  const merged = mergeImages([{ name: 'made', bytes: toImage(shape) }])
  assert.ok(typeof merged !== 'string')
  const catalog = createCatalog(merged, [])
  const type = typeof catalog === 'string' ? undefined : catalog.find('made.Outer')
  assert.ok(type !== undefined)
  const unknown = fc.constantFrom('reject', 'drop')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), unknown, (bytes, how) => {
      const read = type.readBinary(bytes, how)
      if (!isInvalid(read)) type.toJson(read.message)
    }),
    { numRuns: 3000 },
  )
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), unknown, (text, how) => {
      const read = type.readJson(Buffer.from(text), how)
      if (!isInvalid(read)) type.toBinary(read.message, false)
    }),
    { numRuns: 1000 },
  )
})
