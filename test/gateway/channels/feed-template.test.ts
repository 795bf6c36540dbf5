// Targets of feeds: what templates mean, which can never be right, and what records make of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileTemplate } from '../../../gateway/channels/feed-template.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import { formatTarget } from '../../../gateway/delivery/targets.ts'
import { templateOf } from './feed-fixture.ts'

const record = (key: string | null, value: string, headers: Record<string, string> = {}): IncomingRecord => ({
  topic: 'prices',
  partition: 2,
  offset: 7,
  timestamp: 1,
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
})

const rendered = (text: string, of: IncomingRecord): string => {
  const target = templateOf(text).render(of, of.value ?? Buffer.alloc(0))
  return typeof target === 'string' ? `no: ${target}` : formatTarget(target)
}

test('a target is made of the key, headers and fields of a JSON value', () => {
  const of = record('ABC', '{"customer":{"id":42,"vip":true},"name":"a, b"}', { region: 'eu' })
  assert.equal(rendered('channel:ticker:{key}', of), 'channel:ticker:ABC')
  assert.equal(rendered('user:{value.customer.id}', of), 'user:42')
  assert.equal(rendered('channel:{header:region}:{key}:{value.customer.vip}', of), 'channel:eu:ABC:true')
  assert.equal(rendered('user:{value.name}', of), 'user:a%2C b')
  assert.equal(
    rendered('session:{key}', record('Jb1qZf0sT2Wc9mXo4LrD5g', '')),
    'session:Jb1qZf0sT2Wc9mXo4LrD5g',
  )
  assert.equal(rendered('everyone', of), 'everyone')
  assert.equal(rendered('channel:news', of), 'channel:news')
})

test('a record that lacks a part of it, or names nobody, has no target', () => {
  const missing = 'no: a part of its target is missing'
  assert.equal(rendered('user:{key}', record(null, '{}')), missing)
  assert.equal(rendered('user:{key}', record('', '{}')), missing)
  assert.equal(rendered('user:{header:x}', record('k', '{}')), missing)
  for (const value of ['{}', '{"a":null}', '{"a":{}}', '{"a":[1]}', '{"a":""}', 'no JSON', '"text"', ''])
    assert.equal(rendered('user:{value.a}', record('k', value)), missing, value)
  assert.equal(rendered('user:{value.constructor.name}', record('k', '{}')), missing)
  assert.match(rendered('session:{key}', record('not a session', '')), /^no: .* is no session$/)
  for (const key of ['a\nb', ' a', 'x'.repeat(257)])
    assert.match(rendered('user:{key}', record(key, '')), /^no: /)
})

test('what can never be a target is said as a sentence', () => {
  for (const text of ['ticker:{key}', '{key}', 'user:', 'everyone:x', 'channel:{key', 'channel:key}'])
    assert.equal(typeof compileTemplate(text), 'string', text)
  for (const name of ['', 'keys', 'header:', 'value', 'value.', 'value..a', 'Key'])
    assert.throws(() => templateOf(`user:{${name}}`), /is none of/, name)
})

test('a feed for channels tells which channels it may have messages for', () => {
  const { fits } = templateOf('channel:ticker.{key}:{value.x}')
  assert.deepEqual(['ticker.A:1', 'ticker.A:', 'tickerxA:1', 'ticker.:1', 'x ticker.A:1'].map(fits), [
    true,
    false,
    false,
    false,
    false,
  ])
  assert.equal(templateOf('user:{key}').fits('user:a'), false)
  assert.equal(templateOf('everyone').fits('everyone'), false)
})
