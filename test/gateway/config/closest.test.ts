// closest: a suggestion is near, or there is none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closest } from '../../../gateway/config/closest.ts'

test('the nearest name is suggested, case and beginnings count as near, and far ones are not suggested', () => {
  const names = ['port', 'host', 'maxConnections', 'handshakeTimeout']
  assert.equal(closest('prt', names), 'port')
  assert.equal(closest('maxconnections', names), 'maxConnections')
  assert.equal(closest('hand', names), 'handshakeTimeout')
  assert.equal(closest('banana', names), undefined)
})
