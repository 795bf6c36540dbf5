// Seats: how many sockets there may be, and how many of them strangers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Capacity, type Seat } from '../../../gateway/admission/capacity.ts'

test('strangers have fewer seats than all, and one that is known makes room for another', () => {
  const capacity = new Capacity({ connections: 3, unauthenticated: 1 })
  const first = capacity.enter()
  assert.ok(first)
  assert.equal(capacity.enter(), undefined)
  first.authenticated()
  assert.ok(capacity.enter())
})

test('when every seat is taken nobody enters until somebody leaves', () => {
  const capacity = new Capacity({ connections: 1, unauthenticated: 5 })
  const seat = capacity.enter()
  seat?.authenticated()
  assert.equal(capacity.enter(), undefined)
  seat?.leave()
  assert.ok(capacity.enter())
})

test('whatever is called however often, the counts are those of the seats', () => {
  const step = fc.record({ what: fc.constantFrom('enter', 'authenticated', 'leave'), pick: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const capacity = new Capacity({ connections: 5, unauthenticated: 3 })
      const seats: { seat: Seat; known: boolean; here: boolean }[] = []
      for (const { what, pick } of steps) {
        const one = seats[pick % Math.max(1, seats.length)]
        if (what === 'enter') {
          const seat = capacity.enter()
          if (seat !== undefined) seats.push({ seat, known: false, here: true })
        } else if (what === 'leave') {
          one?.seat.leave()
          if (one) one.here = false
        } else {
          one?.seat.authenticated()
          if (one) one.known = true
        }
        const here = seats.filter((each) => each.here)
        assert.equal(capacity.connections, here.length)
        assert.equal(capacity.unauthenticated, here.filter(({ known }) => !known).length)
        assert.ok(here.length <= 5 && capacity.unauthenticated <= 3)
      }
    }),
  )
})

test('where strangers take long, the one that took longest gives way; one whose turn is over does not', (t) => {
  t.mock.method(performance, 'now', () => time)
  let time = 0
  const capacity = new Capacity({ connections: 5, unauthenticated: 2 })
  const gone: string[] = []
  const enter = (name: string, canGo = true) => {
    const seat = capacity.enter()
    seat?.waits(() => {
      if (canGo) gone.push(name)
      return canGo
    })
    return seat
  }
  enter('checked', false)
  enter('slow')
  time = 900
  assert.equal(enter('newcomer'), undefined)
  time = 1_000
  const newcomer = enter('newcomer')
  assert.deepEqual([gone, capacity.unauthenticated, capacity.connections], [['slow'], 2, 3])
  assert.equal(enter('another'), undefined)
  time = 2_000
  newcomer?.authenticated()
  assert.ok(enter('another'))
  assert.equal(enter('no room'), undefined)
  assert.deepEqual(gone, ['slow'])
})
