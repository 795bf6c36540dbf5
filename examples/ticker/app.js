// The page of the ticker: draws what its worker tells it, and tells it what was asked for.
import { Line } from '/chart.js'
import { byId, make } from '/dom.js'
import { showState, showUser, user } from '/page.js'

const spanMs = 30_000
const askAgainMs = 15_000
const busyMs = 8_000
const rows = new Map()
let sampled = { at: performance.now(), received: 0 }

function rowOf(symbol) {
  const known = rows.get(symbol)
  if (known !== undefined) return known
  const [price, bid, ask] = ['price', 'bid', 'ask'].map((name) => make('td', { class: name }))
  const canvas = make('canvas', { role: 'img', 'aria-label': `${symbol} in the last half minute` })
  byId('prices').append(
    make('tr', {}, make('th', { scope: 'row' }, symbol), price, bid, ask, make('td', {}, canvas)),
  )
  const row = { price, bid, ask, line: new Line(canvas, spanMs) }
  rows.set(symbol, row)
  return row
}

const shown = (count) => Math.round(count).toLocaleString('en')

function show({ counts, behindMs, ticks }) {
  for (const { symbol, price, bids, asks } of ticks) {
    const row = rowOf(symbol)
    row.price.textContent = price.toFixed(2)
    row.bid.textContent = bids[0]?.join(' × ') ?? ''
    row.ask.textContent = asks[0]?.join(' × ') ?? ''
    row.line.add(Date.now(), price)
  }
  for (const [id, count] of Object.entries(counts)) byId(id).textContent = shown(count)
  byId('behind').textContent = `${shown(behindMs)} ms`
  const now = performance.now()
  if (now - sampled.at < 1_000) return
  byId('per-second').textContent = shown(((counts.received - sampled.received) / (now - sampled.at)) * 1_000)
  sampled = { at: now, received: counts.received }
}

const worker = new Worker(`worker.js?user=${encodeURIComponent(user)}`, { type: 'module' })
worker.addEventListener('message', ({ data }) => {
  if ('busy' in data) byId('slow').disabled = data.busy
  if ('state' in data) showState(data.state, data.why)
  if ('notice' in data) byId('notice').textContent = data.notice
  if ('counts' in data) show(data)
})

function ask() {
  if (document.visibilityState === 'visible') worker.postMessage({ perSecond: Number(byId('rate').value) })
}

byId('slow').addEventListener('click', () => {
  byId('slow').disabled = true
  worker.postMessage({ busyMs })
})
byId('rate').addEventListener('change', ask)
setInterval(ask, askAgainMs)
setInterval(() => {
  requestAnimationFrame(() => {
    for (const { line } of rows.values()) line.draw(Date.now())
  })
}, 200)
showUser()
ask()
