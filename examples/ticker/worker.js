// The client of the ticker, in a worker: a page that draws stays smooth, and here one may take as long as one likes.
import { createClient } from '/openclaw.js'
import { explain, optionsFor } from '/sign-in.js'

const tellEveryMs = 100

const client = createClient(optionsFor(new URLSearchParams(location.search).get('user')))
const counts = { received: 0, dropped: 0, missing: 0 }
let newest = new Map()
let [toldAt, behindMs] = [0, 0]
let [run, expected] = ['', 0]

/** What a program does that has too much to do: nothing else happens meanwhile, and its socket fills up. */
function beBusy(ms) {
  const until = performance.now() + ms
  while (performance.now() < until);
  postMessage({ busy: false })
}

function tell() {
  toldAt = performance.now()
  postMessage({ counts, behindMs, ticks: [...newest.values()] })
  newest = new Map()
}

const prices = client.subscribe('ticker:market', {}, ({ payload: tick, time }) => {
  counts.received += 1
  behindMs = Math.max(0, Date.now() - time.getTime())
  // Every price has a number, so that what is missing can be counted here, too. Another run of the backend counts anew.
  if (tick.run === run && tick.n > expected) counts.missing += tick.n - expected
  if (tick.run !== run || tick.n >= expected) expected = tick.n + 1
  run = tick.run
  newest.set(tick.symbol, tick)
  if (performance.now() - toldAt > tellEveryMs) tell()
})
prices.on('dropped', ({ count }) => {
  counts.dropped += count
})
prices.ready.catch((error) => postMessage({ notice: explain(error) }))
setInterval(tell, tellEveryMs)

/** The backend makes prices for half a minute each time it is asked. */
async function ask(perSecond) {
  try {
    await client.request('ticker', { perSecond })
    postMessage({ notice: '' })
  } catch (error) {
    postMessage({ notice: `The backend does not answer: ${explain(error)}` })
  }
}

addEventListener('message', ({ data }) => {
  if ('busyMs' in data) beBusy(data.busyMs)
  if ('perSecond' in data) void ask(data.perSecond)
})
client.on('state', ({ state, error }) => postMessage({ state, why: error?.message }))
client.connect().catch(() => {}) // the state says it
