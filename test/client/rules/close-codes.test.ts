// Close codes by their range: the table of the gateway is understood, and so are codes that it does not have yet.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceFor, codeOfAnswer } from '../../../client/rules/close-codes.ts'
import { closes, rejections } from '../../../gateway/errors.ts'

test('each close code of the gateway is followed as PROTOCOL.md says', () => {
  const stops = new Set(['normal', 'malformed', 'forbidden', 'version', 'taken-over', 'revoked'])
  for (const [name, { code }] of Object.entries(closes)) {
    const wanted = name === 'unauthenticated' ? 'renew' : stops.has(name) ? 'stop' : 'again'
    assert.equal(adviceFor(code).step, wanted, `${code} ${name}`)
  }
})

test('codes that nobody has heard of go by their range', () => {
  for (const code of [4404, 4450, 4499]) assert.equal(adviceFor(code).step, 'stop', String(code))
  for (const code of [0, 1002, 1005, 1015, 3000, 4000, 4399, 4500, 4555, 4599, 4999])
    assert.equal(adviceFor(code).step, 'again', String(code))
})

test('a session that is over is not resumed, one that waits is', () => {
  const ends = [1000, 4409, 4410].map((code) => adviceFor(code).ends)
  assert.deepEqual(ends, [true, true, true])
  for (const code of [1001, 1006, 1012, 4401, 4403, 4513])
    assert.equal(adviceFor(code).ends, undefined, String(code))
})

test('answers by HTTP mean what their close code in band would', () => {
  for (const [code, { status, close }] of Object.entries(rejections)) {
    const found = codeOfAnswer(status, code)
    if (found !== undefined) assert.equal(adviceFor(found).step, adviceFor(closes[close].code).step, code)
  }
  assert.equal(codeOfAnswer(403, undefined), undefined, 'an answer of something else says nothing')
})
