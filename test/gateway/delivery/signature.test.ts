// A mark fits what was signed and nothing else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign, verify } from '../../../gateway/delivery/signature.ts'

const signed = {
  kind: 'forward',
  origin: 'd/0/1',
  to: 'user:a',
  hops: 1,
  place: '3/17',
  generation: 5,
  tenant: 'acme',
  value: Buffer.from('hi'),
}
const mark = sign(signed, 'the secret')

test('a mark is known by any of the secrets, current or previous', () => {
  assert.equal(verify(signed, mark, ['the secret']), true)
  assert.equal(verify(signed, mark, ['newer', 'the secret']), true)
  assert.equal(verify(signed, mark, ['newer']), false)
  assert.equal(verify(signed, mark, []), false)
})

for (const [field, value] of Object.entries({
  kind: 'everyone',
  origin: 'd/0/2',
  to: 'user:b',
  hops: 2,
  place: '3/18',
  generation: 6,
  tenant: '',
  value: Buffer.from('ho'),
})) {
  test(`a mark does not fit another ${field}`, () => {
    assert.equal(verify({ ...signed, [field]: value }, mark, ['the secret']), false)
  })
}

test('fields cannot lend characters to their neighbours', () => {
  const [left, right] = [
    { ...signed, origin: 'a', to: 'bc' },
    { ...signed, origin: 'ab', to: 'c' },
  ]
  assert.notEqual(sign(left, 's'), sign(right, 's'))
})

for (const broken of ['', 'x', mark.slice(1), `${mark}AAAA`, '*'.repeat(43)]) {
  test(`"${broken.slice(0, 12)}" is no mark`, () =>
    assert.equal(verify(signed, broken, ['the secret']), false))
}
