// The referee of the demo game: moves come as requests, in order for each game; each new state goes to all who watch.
import { openDemo } from '../demo.ts'
import { follow } from '../kit/follow.ts'
import type { Received } from '../kit/received.ts'
import { type Game, newGame, play, type Wish } from './rules.ts'

const { backend, group, topicOf } = openDemo('game', 'game.states')

/** By tenant and name; what was played least lately is forgotten. */
const games = new Map<string, Game>()
const mostGames = 10_000

function keep(key: string, game: Game): void {
  // Our own states come back to us, and those of another referee whose games we take over.
  if ((games.get(key)?.version ?? -1) >= game.version) return
  games.delete(key)
  games.set(key, game)
  for (const oldest of games.keys()) {
    if (games.size <= mostGames) break
    games.delete(oldest)
  }
}

const name = /^[\w-]{1,64}$/

/** Undefined for what is no wish. */
function wishOf({ type = '' }: Received, cell: unknown): Wish | undefined {
  if (type.endsWith('.join')) return { kind: 'join' }
  if (type.endsWith('.again')) return { kind: 'again' }
  return type.endsWith('.move') && typeof cell === 'number' ? { kind: 'move', cell } : undefined
}

async function judge(received: Received): Promise<unknown> {
  const { user, tenant, id = '' } = received
  const { game, cell } = (received.json() ?? {}) as { game?: unknown; cell?: unknown }
  const wish = wishOf(received, cell)
  if (user === undefined || wish === undefined || typeof game !== 'string' || !name.test(game))
    return received.reply('Send join, again, or move with a cell.', { error: 'bad-wish' })
  const key = `${tenant} ${game}`
  const before = games.get(key) ?? newGame(game)
  // We died between the state and the answer, and the move has come again.
  if (before.by === id) return received.reply(before)
  const after = play(before, user, wish, id)
  if ('code' in after) return received.reply(after.reason, { error: after.code })
  if (after !== before) {
    const options = { type: 'state', id: `${game}-${after.version}` }
    await received.sendTo({ channel: `game:${game}` }, after, options)
    keep(key, after)
  }
  return received.reply(after)
}

// Every state stands in the log of the channel: this is all that a referee needs to know when it starts.
await follow(backend, { topic: topicOf('game.states'), group }, ({ tenant, type, value }) => {
  if (type !== 'state') return
  const game = JSON.parse(value.toString()) as Game
  keep(`${tenant} ${game.game}`, game)
})
await backend.consume({ topic: topicOf('game.moves'), retries: 2, deadLetterTopic: false }, judge)
console.log(`the referee knows ${games.size} games and waits for moves`)
