// The explanations keep up with buf: each of its rules has one, and its categories are the ones that are told apart.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buf } from '../../../cli/schemas/buf.ts'
import { explain, familyOf, isOfBytes } from '../../../cli/schemas/explain.ts'

type Rule = { readonly id: string; readonly categories: readonly string[] }

const rules = buf(import.meta.dirname, ['config', 'ls-breaking-rules', '--format', 'json'])
  .stdout.trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Rule)

test('the rules that bytes feel are those of the category WIRE', () => {
  const wire = rules.filter(({ categories }) => categories.includes('WIRE')).map(({ id }) => id)
  assert.ok(wire.length > 10)
  assert.deepEqual(
    rules.filter(({ id }) => isOfBytes(id)).map(({ id }) => id),
    wire,
  )
})

test('each stricter form of a rule belongs to a family that buf knows', () => {
  const known = new Set(rules.map(({ id }) => id))
  for (const { id } of rules) assert.ok(known.has(familyOf(id)), id)
})

test('each rule for all files has an explanation, and those of messages one of their own', () => {
  const general = explain('RULE_OF_THE_FUTURE').why
  for (const { id, categories } of rules) {
    if (!categories.includes('FILE') || id.startsWith('RPC_SAME') || id.startsWith('MESSAGE_NO_REMOVE'))
      continue
    assert.notEqual(explain(id).why, general, id)
  }
})
