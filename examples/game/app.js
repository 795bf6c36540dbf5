// A game for two: moves are requests to the referee, and what everybody sees is what the referee says on the game's channel.
import { byId, make } from '/dom.js'
import { explain, openClient, query, user } from '/page.js'

const game = query.get('game') ?? 'first'
const client = openClient()
let version = -1

const cells = Array.from({ length: 9 }, (_, cell) => {
  const button = make('button', { type: 'button' })
  button.addEventListener('click', () => wish('move', { cell }))
  return button
})
byId('board').append(...cells)

/** States come as answers and on the channel; the newest counts. */
function show(state) {
  if (state.version <= version) return
  version = state.version
  const { board, players, turn, winner, line } = state
  const mine = players.X === user ? 'X' : players.O === user ? 'O' : undefined
  byId('players').textContent = `X: ${players.X ?? 'nobody yet'} · O: ${players.O ?? 'nobody yet'}`
  for (const [cell, button] of cells.entries()) {
    const mark = board[cell] === '.' ? '' : board[cell]
    button.textContent = mark
    button.setAttribute('aria-label', `cell ${cell + 1}: ${mark || 'free'}`)
    button.classList.toggle('won', line.includes(cell))
  }
  const isOn = winner === null && players.O !== null
  byId('turn').textContent = isOn
    ? turn === mine
      ? 'Your turn'
      : `${players[turn]} thinks…`
    : winner === null
      ? 'Waiting for somebody to play with'
      : winner === 'nobody'
        ? 'Nobody has won'
        : winner === mine
          ? 'You have won!'
          : `${players[winner]} has won`
  byId('again').hidden = winner === null || mine === undefined
  byId('notice').textContent = ''
}

/** Asks the referee; why something may not be done is in the reply. */
async function wish(type, more = {}) {
  try {
    const { payload } = await client.request('game', { game, ...more }, { type })
    show(payload)
  } catch (error) {
    byId('notice').textContent = error.payload ?? explain(error)
  }
}

client.subscribe(`game:${game}`, { last: 1 }, ({ payload }) => show(payload))
byId('again').addEventListener('click', () => wish('again'))
byId('other').addEventListener('click', () => {
  // The other window goes to the same one: it is counted from the name of this one.
  const number = Number(/\d+$/.exec(game)?.[0] ?? 1)
  query.set('game', `game-${number + 1}`)
  location.search = query.toString()
})
await wish('join')
