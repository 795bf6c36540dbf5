// JSON Schema of messages: every kind of field, as ProtoJSON writes it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { messageSchema, messageSchemas } from '../../../cli/asyncapi/json-schema.ts'
import { mergeImages } from '../../../gateway/payloads/descriptors.ts'
import { temporaryFolder } from '../../support/folders.ts'

const proto = `syntax = "proto3";
package t.v1;
import "google/protobuf/any.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto";
enum Kind { KIND_UNSPECIFIED = 0; KIND_A = 5; }
message All {
  double ratio = 1;
  bytes raw = 2;
  Kind kind = 3;
  google.protobuf.NullValue nothing = 4;
  google.protobuf.Any any = 5;
  google.protobuf.Value value = 6;
  google.protobuf.Int64Value maybe = 7;
  map<string, All> by_name = 8;
  map<int32, string> by_number = 9;
  map<bool, string> by_flag = 10;
  repeated fixed64 many = 11;
  oneof choice { string left = 12; In right = 13; int32 middle = 14; }
  string other = 15 [json_name = "another"];
  message In { option deprecated = true; }
}
`

function schemas(t: TestContext) {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 't/v1'), { recursive: true })
  writeFileSync(join(folder, 't/v1/t.proto'), proto)
  const program = join(import.meta.dirname, '../../../node_modules/.bin/buf')
  execFileSync(program, ['build', '-o', 'image.binpb'], { cwd: folder, stdio: 'pipe' })
  const read = mergeImages([{ name: 'image', bytes: readFileSync(join(folder, 'image.binpb')) }])
  if (typeof read === 'string') assert.fail(read)
  return read.find('t.v1.All') ?? assert.fail('no message')
}

test('every kind of field is as ProtoJSON has it', (t) => {
  const { properties, not, ...rest } = messageSchema(schemas(t))
  assert.deepEqual(rest, { type: 'object' })
  assert.deepEqual(properties, {
    ratio: { oneOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] },
    raw: { type: 'string', contentEncoding: 'base64' },
    kind: { anyOf: [{ type: 'string', enum: ['KIND_UNSPECIFIED', 'KIND_A'] }, { type: 'integer' }] },
    nothing: { type: 'null' },
    any: { type: 'object', properties: { '@type': { type: 'string' } }, required: ['@type'] },
    value: {},
    maybe: {
      anyOf: [{ type: ['string', 'integer'], format: 'int64', pattern: '^-?[0-9]+$' }, { type: 'null' }],
    },
    byName: { type: 'object', additionalProperties: { $ref: '#/components/schemas/t.v1.All' } },
    byNumber: {
      type: 'object',
      additionalProperties: { type: 'string' },
      propertyNames: { pattern: '^-?[0-9]+$' },
    },
    byFlag: {
      type: 'object',
      additionalProperties: { type: 'string' },
      propertyNames: { enum: ['true', 'false'] },
    },
    many: { type: 'array', items: { type: ['string', 'integer'], format: 'uint64', pattern: '^[0-9]+$' } },
    left: { type: 'string' },
    right: { $ref: '#/components/schemas/t.v1.All.In' },
    middle: { type: 'integer', format: 'int32', minimum: -2147483648, maximum: 2147483647 },
    another: { type: 'string' },
  })
  assert.deepEqual(not, {
    anyOf: [
      { required: ['left', 'right'] },
      { required: ['left', 'middle'] },
      { required: ['right', 'middle'] },
    ],
  })
})

test('messages within messages come with them, once, a message within itself too', (t) => {
  const all = messageSchemas([schemas(t)])
  assert.deepEqual([...all.keys()], ['t.v1.All', 't.v1.All.In'])
  assert.equal(all.get('t.v1.All.In')?.['deprecated'], true)
})
