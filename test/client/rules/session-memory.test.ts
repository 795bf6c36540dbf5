// What a session is resumed with: its token, the position that was handled, and attempts that are counted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SessionMemory } from '../../../client/rules/session-memory.ts'

const welcome = (session: string, more: object = {}) => ({
  session,
  resumeToken: `token of ${session}`,
  position: 'p0',
  resumed: false,
  recovered: true,
  heartbeatMs: 1_000,
  limits: { maxFrameBytes: 0, maxInflight: 0, messagesPerSecond: 0 },
  ...more,
})

test('the first hello resumes nothing; later ones count', () => {
  const memory = new SessionMemory()
  assert.equal(memory.nextAttempt(), undefined)
  memory.welcomed(welcome('s'))
  memory.handled('p3')
  assert.deepEqual(memory.nextAttempt(), { token: 'token of s', attempt: 1, position: 'p3' })
  assert.equal(memory.nextAttempt()?.attempt, 2)
  memory.welcomed(welcome('s', { resumed: true, position: 'p3', resumeToken: 'newer' }))
  assert.deepEqual(memory.nextAttempt(), { token: 'newer', attempt: 3, position: 'p3' })
})

test('a new session begins with its own first attempt, and one that is over with none', () => {
  const memory = new SessionMemory()
  memory.welcomed(welcome('s'))
  memory.nextAttempt()
  memory.welcomed(welcome('t', { position: 'q0' }))
  assert.deepEqual(memory.nextAttempt(), { token: 'token of t', attempt: 1, position: 'q0' })
  memory.forget()
  assert.equal(memory.nextAttempt(), undefined)
})
