// A request ends once: by its last reply, a refusal, a cancel, or its time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientRequests } from '../../../gateway/session/requests.ts'

function opened(capacity = 10) {
  const requests = new ClientRequests(capacity)
  const log: string[] = []
  const open = (id: string) =>
    requests.open(id, { stopTimer: () => log.push(`stop ${id}`), tellBackend: () => log.push(`tell ${id}`) })
  return { requests, log, open }
}

test('an answered request stops its timer and is forgotten', () => {
  const { requests, log, open } = opened()
  assert.equal(requests.stateOf('a'), 'unknown')
  open('a')
  assert.equal(requests.stateOf('a'), 'open')
  requests.answered('a')
  requests.answered('a')
  assert.deepEqual([requests.stateOf('a'), log], ['unknown', ['stop a']])
})

test('an abandoned one is told to the backend once, and remembered for late replies', () => {
  const { requests, log, open } = opened()
  open('a')
  assert.deepEqual([requests.abandon('a'), requests.abandon('a')], [true, false])
  assert.deepEqual([requests.stateOf('a'), log], ['ended', ['stop a', 'tell a']])
})

test('asked again under its id it is open again', () => {
  const { requests, log, open } = opened()
  open('a')
  requests.abandon('a')
  open('a')
  assert.equal(requests.stateOf('a'), 'open')
  open('a')
  assert.deepEqual(log.filter((line) => line === 'stop a').length, 2)
})

test('both the open and the ended are bounded', () => {
  const { requests, open } = opened(2)
  open('a')
  assert.equal(requests.full, false)
  open('b')
  assert.equal(requests.full, true)
  for (const id of ['a', 'b', 'c']) {
    open(id)
    requests.abandon(id)
  }
  assert.deepEqual(
    ['a', 'b', 'c'].map((id) => requests.stateOf(id)),
    ['unknown', 'ended', 'ended'],
  )
})

test('with the session every timer ends, and no backend is told', () => {
  const { requests, log, open } = opened()
  open('a')
  open('b')
  requests.clear()
  assert.deepEqual([log, requests.stateOf('a')], [['stop a', 'stop b'], 'unknown'])
})
