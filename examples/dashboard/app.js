// The dashboard: a card for each key of a conflating channel, with its newest value and a line of the last minute.
import { Line } from '/chart.js'
import { byId, make } from '/dom.js'
import { explain, openClient } from '/page.js'

const spanMs = 60_000
const client = openClient()
const cards = new Map()
let received = 0
let skipped = 0

function cardOf(name) {
  const known = cards.get(name)
  if (known !== undefined) return known
  const value = make('p', { class: 'value' })
  const canvas = make('canvas', { role: 'img', 'aria-label': `${name} in the last minute` })
  byId('metrics').append(
    make('li', { class: 'card metric', data: { metric: name } }, make('h2', {}, name), value, canvas),
  )
  const card = { value, line: new Line(canvas, spanMs), newest: 0 }
  cards.set(name, card)
  return card
}

// The newest of each key first, and older ones where there is room: enough for the beginning of a line.
const metrics = client.subscribe('dashboard:machine', { last: 300 }, ({ payload, time }) => {
  const { name, unit, value } = payload
  const card = cardOf(name)
  received += 1
  card.line.add(time.getTime(), value)
  if (time.getTime() < card.newest) return
  card.newest = time.getTime()
  card.value.textContent = `${value.toLocaleString()} ${unit}`.trim()
})
metrics.ready.catch((error) => {
  byId('notice').textContent = explain(error)
})
metrics.on('dropped', ({ count }) => {
  skipped += count
})

function draw() {
  for (const { line } of cards.values()) line.draw(Date.now())
  const text = `${received} values so far, ${skipped} skipped because this page was slow.`
  if (byId('count').textContent !== text) byId('count').textContent = text
}
setInterval(() => requestAnimationFrame(draw), 250)
