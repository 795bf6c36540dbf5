// Tic-tac-toe: what may be done in a game, and what it is like then. Pure.

export type Mark = 'X' | 'O'

export type Game = {
  readonly game: string
  /** Grows with each change, so that of two states the newer is known. */
  readonly version: number
  /** Nine of `X`, `O` and `.`, row by row. */
  readonly board: string
  readonly players: { readonly X: string | null; readonly O: string | null }
  readonly turn: Mark
  readonly winner: Mark | 'nobody' | null
  /** The three cells that won. */
  readonly line: readonly number[]
  /** The frame that led to this state: a copy of it is answered with this very state. */
  readonly by: string | null
}

export type Wish =
  | { readonly kind: 'join' }
  | { readonly kind: 'move'; readonly cell: number }
  | { readonly kind: 'again' }

/** Why it may not be done: a code, and a sentence for people. */
export type Illegal = { readonly code: string; readonly reason: string }

const lines = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
]

export const newGame = (game: string): Game => ({
  game,
  version: 0,
  board: '.........',
  players: { X: null, O: null },
  turn: 'X',
  winner: null,
  line: [],
  by: null,
})

/** The game after the wish of this user. */
export function play(before: Game, user: string, wish: Wish, by: string): Game | Illegal {
  const { players } = before
  const mark = players.X === user ? 'X' : players.O === user ? 'O' : undefined
  const after = (change: Partial<Game>): Game => ({ ...before, ...change, version: before.version + 1, by })
  if (wish.kind === 'join') {
    if (mark !== undefined) return before
    if (players.X === null) return after({ players: { ...players, X: user } })
    if (players.O === null) return after({ players: { ...players, O: user } })
    return { code: 'full', reason: 'Two play already; you can watch.' }
  }
  if (mark === undefined) return { code: 'not-playing', reason: 'You do not play in this game.' }
  if (wish.kind === 'again') {
    if (before.winner === null) return { code: 'not-over', reason: 'This game is not over yet.' }
    // Whoever was second begins.
    return after({ ...newGame(before.game), players: { X: players.O, O: players.X } })
  }
  return move(before, mark, wish.cell, after)
}

function move(
  before: Game,
  mark: Mark,
  cell: number,
  after: (change: Partial<Game>) => Game,
): Game | Illegal {
  const { players, board, turn, winner } = before
  if (winner !== null) return { code: 'over', reason: 'This game is over.' }
  if (players.O === null) return { code: 'alone', reason: 'Wait for somebody to play with.' }
  if (turn !== mark) return { code: 'not-your-turn', reason: `It is the turn of ${players[turn]}.` }
  if (board[cell] === undefined) return { code: 'no-such-cell', reason: 'There are cells 0 to 8.' }
  if (board[cell] !== '.') return { code: 'taken', reason: 'This cell is taken.' }
  const filled = board.slice(0, cell) + mark + board.slice(cell + 1)
  const line = lines.find((cells) => cells.every((each) => filled[each] === mark)) ?? []
  return after({
    board: filled,
    turn: mark === 'X' ? 'O' : 'X',
    winner: line.length > 0 ? mark : filled.includes('.') ? null : 'nobody',
    line,
  })
}
