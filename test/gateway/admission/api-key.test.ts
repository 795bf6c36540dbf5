// How API keys are written, and which records of them are taken for ones.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endOf, hashOf, matchSecret, readKeyRecord, readKeyText } from '../../../gateway/admission/api-key.ts'
import { linesIn, readDocument, sectionsOf } from '../../schemas/markdown.ts'
import { makeKey } from '../../support/api-keys.ts'

const { id, text, record } = makeKey('alice')

test('a key is its prefix, its id and 256 bits, and is read back; the record has only the hash', () => {
  assert.match(text, /^oc_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/)
  const read = readKeyText(text)
  assert.equal(read?.id, id)
  assert.equal(record.secrets[0]?.sha256, hashOf(read?.secret ?? ''))
  assert.ok(!JSON.stringify(record).includes(read?.secret ?? ''))
})

test('what is nearly a key is none, and neither is a token', () => {
  const jwt = 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln'
  for (const none of [
    '',
    'x',
    jwt,
    `${text}x`,
    text.slice(1 + 2),
    text.toUpperCase(),
    ` ${text}`,
    `${text}\n`,
  ])
    assert.equal(readKeyText(none), undefined, JSON.stringify(none))
})

test('no text and no record makes the reader throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.json(), (some, json) => {
      readKeyText(some)
      readKeyRecord(Buffer.from(some))
      readKeyRecord(Buffer.from(json))
    }),
  )
})

test('a record with anything in it that cannot be right is none', () => {
  const read = (value: unknown) => readKeyRecord(Buffer.from(JSON.stringify(value)))
  assert.deepEqual(read(record), record)
  const secret = { sha256: hashOf('x'), createdAt: record.createdAt }
  for (const wrong of [
    { user: '' },
    { user: 'a\nb' },
    { user: 7 },
    { tenant: null },
    { tenant: 'a\u0000' },
    { claims: [] },
    { claims: null },
    { createdAt: 'yesterday' },
    { expiresAt: 'never' },
    { expiresAt: 1e12 },
    { secrets: undefined },
    { secrets: [null] },
    { secrets: [{ ...secret, sha256: 'ff' }] },
    { secrets: [{ ...secret, until: 'soon' }] },
    { secrets: [secret, secret, secret, secret, secret] },
  ])
    assert.equal(read({ ...record, ...wrong }), undefined, JSON.stringify(wrong))
  assert.equal(readKeyRecord(Buffer.from('{"user":')), undefined)
})

test('of two secrets either is found, and no other; each ends at its own time, none after the key', () => {
  const [old, young] = ['old', 'young'].map((secret) => ({
    sha256: hashOf(secret),
    createdAt: record.createdAt,
  }))
  assert.ok(old && young)
  const both = { ...record, secrets: [{ ...old, until: '2030-01-01T00:00:00Z' }, young] }
  assert.equal(matchSecret(both, hashOf('old'))?.until, '2030-01-01T00:00:00Z')
  assert.equal(matchSecret(both, hashOf('young')), young)
  assert.equal(matchSecret(both, hashOf('other')), undefined)
  assert.equal(endOf(both, young), Number.POSITIVE_INFINITY)
  assert.equal(endOf({ ...both, expiresAt: '2029-01-01T00:00:00Z' }, young), Date.UTC(2029, 0))
  assert.equal(
    endOf({ ...both, expiresAt: '2031-01-01T00:00:00Z' }, both.secrets[0] ?? young),
    Date.UTC(2030, 0),
  )
})

test('the example of TOPICS.md is a key', () => {
  const section = sectionsOf(readDocument('TOPICS.md')).find(({ title }) => title === 'API keys')
  const examples = linesIn(section?.body ?? '', 'json')
  assert.equal(examples.length, 1)
  for (const example of examples) assert.equal(readKeyRecord(Buffer.from(example))?.user, 'alice')
})
