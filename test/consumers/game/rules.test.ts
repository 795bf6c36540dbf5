// The rules of the demo game: whatever is tried, a game stays one that can be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Game, newGame, play, type Wish } from '../../../consumers/game/rules.ts'

const after = (game: Game, user: string, wish: Wish): Game => {
  const played = play(game, user, wish, 'a frame')
  assert.ok(!('code' in played), JSON.stringify(played))
  return played
}
const codeOf = (game: Game, user: string, wish: Wish) => {
  const played = play(game, user, wish, 'a frame')
  return 'code' in played ? played.code : 'none'
}
const join = { kind: 'join' } as const
const move = (cell: number) => ({ kind: 'move', cell }) as const

test('two may play, in turns, until one has three in a line', () => {
  let game = after(newGame('g'), 'alice', join)
  assert.equal(codeOf(game, 'alice', move(0)), 'alone')
  game = after(game, 'bob', join)
  assert.equal(codeOf(game, 'carol', join), 'full')
  assert.equal(codeOf(game, 'carol', move(0)), 'not-playing')
  assert.equal(codeOf(game, 'bob', move(0)), 'not-your-turn')
  assert.equal(after(game, 'alice', join), game)
  for (const [user, cell] of [
    ['alice', 0],
    ['bob', 3],
    ['alice', 4],
    ['bob', 5],
  ] as const)
    game = after(game, user, move(cell))
  assert.equal(codeOf(game, 'alice', move(4)), 'taken')
  for (const cell of [-1, 9, 0.5, Number.NaN]) assert.equal(codeOf(game, 'alice', move(cell)), 'no-such-cell')
  assert.equal(codeOf(game, 'alice', { kind: 'again' }), 'not-over')
  game = after(game, 'alice', move(8))
  assert.deepEqual([game.winner, game.line, game.board], ['X', [0, 4, 8], 'X..OXO..X'])
  assert.equal(codeOf(game, 'bob', move(1)), 'over')
  const again = after(game, 'bob', { kind: 'again' })
  assert.deepEqual(
    [again.players, again.turn, again.version],
    [{ X: 'bob', O: 'alice' }, 'X', game.version + 1],
  )
})

test('no sequence of wishes makes a game that cannot be', () => {
  const user = fc.constantFrom('alice', 'bob', 'carol')
  const wish: fc.Arbitrary<Wish> = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -1, max: 9 }).map(move) },
    { weight: 1, arbitrary: fc.constant<Wish>(join) },
    { weight: 1, arbitrary: fc.constant<Wish>({ kind: 'again' }) },
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(user, wish), { maxLength: 80 }), (tried) => {
      let game = newGame('g')
      for (const [who, what] of tried) {
        const played = play(game, who, what, 'f')
        if ('code' in played) continue
        assert.ok(played === game || played.version === game.version + 1)
        game = played
        const count = (mark: string) => game.board.split(mark).length - 1
        assert.equal(game.board.length, 9)
        assert.equal(count('X') - count('O'), game.turn === 'X' ? 0 : 1)
        if (game.winner === 'nobody') assert.equal(count('.'), 0)
      }
    }),
  )
})
