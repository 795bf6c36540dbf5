// The tables of refusals and closes keep to the ranges by which clients decide what to do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closes, refuse, rejections } from '../../gateway/errors.ts'

test('every close code is one that may be sent, but for the one that never is', () => {
  for (const [name, { code }] of Object.entries(closes)) {
    const own = (code >= 4400 && code < 4600) || [1000, 1001, 1009, 1011, 1012, 1013].includes(code)
    assert.ok(own || name === 'abnormal', name)
  }
  const codes = Object.values(closes).map(({ code }) => code)
  assert.equal(new Set(codes).size, codes.length)
})

test('a rejection says the same by status and by close code: come back as you are, or change something', () => {
  for (const [name, { status, close }] of Object.entries(rejections)) {
    const { code } = closes[close]
    const comeBack = code < 4400 || code >= 4500
    assert.equal(comeBack, status === 429 || status === 503, name)
  }
})

test('a refusal is a value with what is known', () => {
  assert.deepEqual(refuse('forbidden', 'no'), { code: 'forbidden', message: 'no' })
  assert.equal(refuse('rate-limited', 'slow', { retryAfterMs: 5 }).retryAfterMs, 5)
})
