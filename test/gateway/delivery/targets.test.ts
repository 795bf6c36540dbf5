// Addresses are read back as they were written, and what is none is not guessed at.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatTarget, parseTarget, parseTargets, type Target } from '../../../gateway/delivery/targets.ts'

const session = 'AAAAAAAAAAAAAAAAAAAAAA'
const name = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  .filter((text) => text.trim() === text)
const target = fc.oneof<fc.Arbitrary<Target>[]>(
  fc.constant({ kind: 'session', session }),
  fc.constant({ kind: 'everyone' }),
  name.map((user) => ({ kind: 'user', user })),
  name.map((channel) => ({ kind: 'channel', channel })),
)

test('every target is read back as it was written, alone and in a list', () => {
  fc.assert(
    fc.property(fc.array(target, { minLength: 1, maxLength: 8 }), (targets) => {
      for (const each of targets) assert.deepEqual(parseTarget(formatTarget(each)), each)
      const unique = new Map(targets.map((each) => [formatTarget(each), each]))
      assert.deepEqual(parseTargets([...unique.keys()].join(','), 8), [...unique.values()])
    }),
  )
})

test('a comma and a percent sign in a name are escaped, and nothing else is', () => {
  assert.equal(formatTarget({ kind: 'user', user: 'a,b%c' }), 'user:a%2Cb%25c')
  assert.deepEqual(parseTarget('user:a%2cb%25c%20d:e'), { kind: 'user', user: 'a,b%c%20d:e' })
})

const none = [
  '',
  'alice',
  'user:',
  'users:alice',
  ':alice',
  'User:alice',
  'Everyone',
  'everyone:',
  'session:short',
]
for (const text of [
  ...none,
  `session:${session}=`,
  `user:${'x'.repeat(257)}`,
  `channel:${'é'.repeat(129)}`,
]) {
  test(`"${text.slice(0, 30)}" is no target`, () => {
    assert.equal(parseTarget(text), undefined)
    assert.equal(parseTargets(`user:alice,${text}`, 100), undefined)
  })
}

test('spaces around the parts of a list and repeats do not count', () => {
  assert.deepEqual(parseTargets(' user:a , user:a,user:b ', 3), [
    { kind: 'user', user: 'a' },
    { kind: 'user', user: 'b' },
  ])
  assert.deepEqual(parseTargets('user:a%2Cb,user:a%2cb', 2), [{ kind: 'user', user: 'a,b' }])
})

test('a list over the limit is refused as a whole, even if repeats make it shorter', () => {
  assert.equal(parseTargets('user:a,user:a,user:a,user:b', 3), undefined)
  assert.equal(parseTargets(Array.from({ length: 101 }, (_, n) => `user:${n}`).join(), 100), undefined)
  assert.equal(parseTargets(Array.from({ length: 100 }, (_, n) => `user:${n}`).join(), 100)?.length, 100)
})
