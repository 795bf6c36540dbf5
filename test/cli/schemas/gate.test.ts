// The gate against repositories of its own: what breaks somebody is caught and explained, what does not passes.
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runGate } from '../../../cli/schemas/gate.ts'
import { checkLines } from '../../../cli/schemas/gate-text.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { type SchemaRepository, schemaRepository } from '../../support/schema-repository.ts'

const gateOf = (t: TestContext, { folder }: SchemaRepository, against?: string) =>
  runGate(folder, against, temporaryFolder(t))

const breakingOf = ({ checks }: ReturnType<typeof runGate>) =>
  checks.find(({ name }) => name === 'breaking changes')

/** Rule, reach and line of each break after some edits. */
const after = (t: TestContext, ...edits: readonly (readonly [string, string])[]) => {
  const repository = schemaRepository(t)
  for (const [from, to] of edits) repository.edit(from, to)
  const gate = gateOf(t, repository)
  return { gate, breaks: gate.breaks.map(({ rule, reach, line }) => `${rule} ${reach} ${line}`) }
}

test('a new optional field, a new value and a new message break nobody', (t) => {
  const repository = schemaRepository(t)
  repository.edit('  Tone tone = 3;', '  Tone tone = 3;\n  // New.\n  optional string language = 4;')
  repository.edit('  TONE_JOKE = 1;', '  TONE_JOKE = 1;\n  // New.\n  TONE_URGENT = 2;')
  repository.edit('// How something', '// New.\nmessage Left {}\n\n// How something')
  const { checks, breaks } = gateOf(t, repository)
  assert.deepEqual(breaks, [])
  assert.deepEqual(
    checks.map(({ outcome }) => outcome),
    ['ok', 'ok', 'ok', 'ok'],
  )
})

test('a field of another type breaks bytes, and the explanation says what to do instead', (t) => {
  const { gate, breaks } = after(t, ['uint32 count = 2', 'string count = 2'])
  assert.deepEqual(breaks, ['FIELD_SAME_TYPE bytes 10'])
  const check = breakingOf(gate)
  assert.equal(check?.outcome, 'failed')
  assert.deepEqual(check?.lines, [
    'chat/v1/said.proto:10:3: Field "2" with name "count" on message "Said" changed type from "uint32" to "string": a field of another type: what was sent or stored before is misread or refused (FIELD_SAME_TYPE; breaks protobuf and JSON)',
    '  instead: leave the field as it is, mark it `[deprecated = true]`, and add another with a new number',
  ])
})

test('what breaks JSON alone, and what breaks code alone, is told apart', (t) => {
  const { breaks } = after(
    t,
    ['string room = 1', 'string place = 1'],
    ['uint32 count = 2', 'bool count = 2'],
    ['TONE_JOKE = 1', 'TONE_FUN = 1'],
    ['  // How it is meant.\n  Tone tone = 3;', '  reserved 3;\n  reserved "tone";'],
  )
  assert.deepEqual(breaks, [
    'FIELD_SAME_JSON_NAME json 8',
    'FIELD_SAME_NAME json 8',
    'FIELD_SAME_TYPE json 10',
    'ENUM_VALUE_SAME_NAME json 20',
    'FIELD_NO_DELETE code 6',
  ])
})

test('what is deleted without a trace breaks bytes', (t) => {
  const { breaks } = after(
    t,
    ['  // How often.\n  uint32 count = 2;\n', ''],
    ['  // As a joke.\n  TONE_JOKE = 1;\n', ''],
  )
  assert.deepEqual(breaks, ['FIELD_NO_DELETE bytes 6', 'ENUM_VALUE_NO_DELETE bytes 14'])
  const renamed = after(t, ['message Said', 'message Spoken'])
  assert.deepEqual(renamed.breaks, ['MESSAGE_NO_DELETE bytes 1'])
})

test('a branch is compared with where it left main, whatever main got since', (t) => {
  const repository = schemaRepository(t)
  repository.git('checkout', '-q', '-b', 'mine')
  repository.edit('uint32 count', 'string count')
  repository.build()
  repository.commit('mine')
  repository.git('checkout', '-q', 'main')
  repository.edit('  Tone tone = 3;', '  Tone tone = 3;\n  // New.\n  string language = 4;')
  repository.build()
  repository.commit('theirs')
  repository.git('checkout', '-q', 'mine')
  const gate = gateOf(t, repository)
  assert.deepEqual(
    gate.breaks.map(({ rule }) => rule),
    ['FIELD_SAME_TYPE'],
  )
  assert.equal(gate.base, 'main')
})

test('on main itself the last commit is compared with, and that is said; without git nothing is, and that is said too', (t) => {
  const repository = schemaRepository(t)
  const here = breakingOf(gateOf(t, repository))
  assert.equal(here?.note, 'main is the commit of this tree: compared with what is committed')
  rmSync(join(repository.folder, '../.git'), { recursive: true })
  const none = breakingOf(gateOf(t, repository))
  assert.deepEqual([none?.outcome, none?.note], ['skipped', 'there is no git history here to compare with'])
})

test('an image and a commit can be named; a commit without an image is built from its sources', (t) => {
  const repository = schemaRepository(t)
  repository.git('rm', '-q', 'schemas/gen/image.binpb')
  repository.git('tag', 'with', 'main')
  repository.commit('without')
  repository.edit('uint32 count', 'string count')
  for (const against of ['with', 'HEAD'])
    assert.equal(gateOf(t, repository, against).breaks.length, 1, against)
  const image = join(temporaryFolder(t), 'theirs.binpb')
  repository.build()
  writeFileSync(image, readFileSync(join(repository.folder, 'gen/image.binpb')))
  assert.deepEqual(gateOf(t, repository, image).breaks, [])
  assert.throws(() => gateOf(t, repository, 'nowhere'), {
    exitCode: 2,
    message: /^--against: "nowhere" is no image/,
  })
})

test('schemas that do not compile, or are badly written, are told as such', (t) => {
  const repository = schemaRepository(t)
  repository.edit('uint32 count = 2', 'uint32   Count = 2')
  const { checks } = gateOf(t, repository)
  assert.deepEqual(
    checks.map(({ name, outcome }) => `${name} ${outcome}`),
    ['compile ok', 'lint failed', 'format failed', 'breaking changes failed'],
  )
  repository.edit('string room', 'strin room')
  const [built, ...rest] = gateOf(t, repository).checks
  assert.equal(rest.length, 0)
  assert.match(checkLines(built ?? assert.fail()).join('\n'), /^FAIL compile\n {5}.*said\.proto:8:3:/)
})

test('generated code that is not of these schemas is named', (t) => {
  const repository = schemaRepository(t)
  const plugin =
    'version: v2\nclean: true\nplugins:\n  - local: protoc-gen-es\n    out: gen\n    opt: [target=ts]\n'
  writeFileSync(join(repository.folder, 'buf.gen.yaml'), plugin)
  repository.edit('  Tone tone = 3;', '  Tone tone = 3;\n  // New.\n  string language = 4;')
  const stale = gateOf(t, repository).checks.find(({ name }) => name === 'generated code')
  assert.deepEqual(stale?.lines, [
    'gen/buf/validate/validate_pb.ts',
    'gen/chat/v1/said_pb.ts',
    'gen/image.binpb',
  ])
})

test('rules that changed are told, and fail nothing', (t) => {
  const repository = schemaRepository(t)
  repository.edit('package chat.v1;', 'package chat.v1;\n\nimport "buf/validate/validate.proto";')
  repository.edit('string room = 1;', 'string room = 1 [(buf.validate.field).string.max_len = 9];')
  const { checks } = gateOf(t, repository)
  assert.ok(checks.every(({ outcome }) => outcome === 'ok'))
  assert.deepEqual(checks.find(({ name }) => name === 'changed rules')?.lines, [
    'chat.v1.Said.room: no rule before, {"string":{"maxLen":"9"}} now',
  ])
})
