// fields: every setting can be set by one variable, is described, and is found by its path.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldAt, fields, keysAt, pathText } from '../../../gateway/config/fields.ts'

test('every setting has a description', () => {
  assert.deepEqual(
    fields.filter((field) => field.about === '').map((field) => pathText(field.path)),
    [],
  )
})

test('no two settings share a variable', () => {
  const names = fields.flatMap((field) => field.variable ?? [])
  assert.equal(new Set(names).size, names.length)
  assert.ok(names.includes('OPENCLAW_KAFKA_BROKERS') && names.includes('OPENCLAW_LISTEN_MAX_CONNECTIONS'))
})

test('real names and places find the setting they stand for', () => {
  assert.equal(fieldAt(['routes', 'chat', 'topic'])?.kind, 'text')
  assert.equal(fieldAt(['auth', 'jwt', 0, 'clockTolerance'])?.kind, 'duration')
  assert.equal(fieldAt(['session', 'secrets', 1])?.secret, true)
  assert.equal(fieldAt(['routes', 'chat', 'nothing']), undefined)
})

test('the names allowed in a section are known', () => {
  assert.deepEqual(keysAt(['health']), ['canaryEvery', 'grace'])
  assert.deepEqual(keysAt(['routes', 'chat', 'match', 0]), ['path', 'field', 'equals'])
})

test('paths are written with dots and brackets', () => {
  assert.equal(pathText(['auth', 'jwt', 0, 'issuer']), 'auth.jwt[0].issuer')
})
