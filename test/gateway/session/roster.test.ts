// An old connection never removes a newer one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../../gateway/connection/connection.ts'
import { Roster } from '../../../gateway/session/roster.ts'
import { fakeConnection } from '../fake-connection.ts'

test('a connection removes its session only while it is the one', () => {
  const roster = new Roster<Connection>()
  const [older, newer] = [fakeConnection().connection, fakeConnection().connection]
  roster.add('s', older)
  roster.add('s', newer)
  assert.equal(roster.remove('s', older), false)
  assert.equal(roster.find('s'), newer)
  assert.equal(roster.remove('s', newer), true)
  assert.equal(roster.remove('s', newer), false)
  assert.deepEqual([roster.size, [...roster.all()]], [0, []])
})
