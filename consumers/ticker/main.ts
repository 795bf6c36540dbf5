// The backend of the demo ticker: made-up prices at the rate that somebody asked for, as long as somebody asks.
import { openDemo } from '../demo.ts'
import { Market } from './market.ts'

const { backend, topicOf } = openDemo('ticker', 'ticker.prices')

const mostPerSecond = 5_000
const lastsMs = 30_000
const everyMs = 20
/** Ticks that Kafka has not taken yet: beyond it is slower than asked for. */
const mostOnTheWay = 10_000

const market = new Market()
let perSecond = 0
let until = 0
let owed = 0
let onTheWay = 0

// A page asks again before the time is over; the newest wish counts for all.
await backend.consume(
  { topic: topicOf('ticker.in'), retries: 2, deadLetterTopic: false },
  async (received) => {
    const wish = Number((received.json() as { perSecond?: unknown } | null)?.perSecond)
    if (!(wish >= 0 && wish <= mostPerSecond)) {
      await received.reply(`perSecond: 0 to ${mostPerSecond}`, { error: 'bad-rate' })
      return
    }
    perSecond = wish
    until = Date.now() + lastsMs
    await received.reply({ perSecond, lastsMs })
  },
)

let before = performance.now()
setInterval(() => {
  const now = performance.now()
  owed = Date.now() < until ? Math.min(owed + ((now - before) / 1_000) * perSecond, perSecond) : 0
  before = now
  for (; owed >= 1 && onTheWay < mostOnTheWay; owed -= 1) {
    onTheWay += 1
    backend
      .sendTo({ channel: 'ticker:market' }, market.next(), { type: 'tick' })
      .catch((failure: unknown) => console.error('a tick was not published:', failure))
      .finally(() => {
        onTheWay -= 1
      })
  }
}, everyMs)
console.log('ticker waits for somebody who wants prices')
