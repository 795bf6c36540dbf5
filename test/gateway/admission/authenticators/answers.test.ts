// Answers are kept until their time is over and within their space, those that were not asked for the longest go first.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAnswers } from '../../../../gateway/admission/authenticators/answers.ts'

test('an answer is kept until its time', () => {
  let now = 0
  const answers = createAnswers<string>(10_000, () => now)
  answers.set('a', 'yes', 10, 100)
  assert.equal(answers.get('a'), 'yes')
  now = 100
  assert.equal(answers.get('a'), undefined)
  assert.equal(answers.bytes, 0)
  answers.set('b', 'late', 10, 100)
  assert.equal(answers.get('b'), undefined)
})

test('however many come, what is kept stays within its space, and what was asked for stays longer', () => {
  const answers = createAnswers<number>(10_000, () => 0)
  answers.set('used', -1, 100, 1)
  for (let n = 0; n < 10_000; n++) {
    answers.set(`k${n}`, n, 100, 1)
    assert.equal(answers.get('used'), -1)
    assert.ok(answers.bytes <= 10_000)
  }
  assert.equal(answers.get('k0'), undefined)
  assert.equal(answers.get('k9999'), 9_999)
})

test('what would need all the space is not kept, and what has the key already is replaced', () => {
  const answers = createAnswers<string>(1_000, () => 0)
  answers.set('a', 'small', 10, 1)
  answers.set('b', 'large', 1_000, 1)
  assert.equal(answers.get('b'), undefined)
  assert.equal(answers.get('a'), 'small')
  const before = answers.bytes
  answers.set('a', 'other', 10, 1)
  assert.deepEqual([answers.get('a'), answers.bytes], ['other', before])
})
