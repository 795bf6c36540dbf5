// The assistant: one request whose replies are the words of the answer; leaving the loop cancels it. The conversation is a channel.
import { byId, make } from '/dom.js'
import { explain, openClient, query, user } from '/page.js'

const conversation = query.get('conversation') ?? 'first'
const client = openClient()
const turns = new Map()
let stop = () => {}

/** One turn of the conversation: shown once, whether the channel or the reply has it first. */
function turn(role, question) {
  const id = `${role}-${question}`
  const known = turns.get(id)
  if (known !== undefined) return known
  const item = make('li', { class: role, data: { id } })
  turns.set(id, item)
  const after = role === 'assistant' ? turns.get(`user-${question}`) : undefined
  if (after === undefined) byId('turns').append(item)
  else after.after(item)
  return item
}

function follow() {
  byId('turns').scrollTop = byId('turns').scrollHeight
}

// What was said, also in other windows and before this page was loaded. Only this user may read it, and only the backend writes it.
const said = client.subscribe(`assistant:${user}:${conversation}`, { last: 100 }, ({ type, payload }) => {
  const item = turn(type, payload.question)
  item.textContent = payload.text
  item.classList.toggle('stopped', payload.stopped === true)
  follow()
})
said.ready.catch((error) => {
  byId('notice').textContent = explain(error)
})

async function ask(text) {
  const question = crypto.randomUUID()
  turn('user', question).textContent = text
  const item = turn('assistant', question)
  item.setAttribute('aria-busy', 'true')
  follow()
  const stopped = new AbortController()
  stop = () => stopped.abort()
  show(true)
  try {
    const options = { timeoutMs: 300_000, signal: stopped.signal }
    const replies = client.requestStream('assistant', { conversation, question, text }, options)
    for await (const { payload } of replies) {
      item.append(payload)
      follow()
    }
  } catch (error) {
    if (stopped.signal.aborted) item.classList.add('stopped')
    else {
      item.classList.add('broken')
      // What the backend says of it, or the client.
      byId('notice').textContent = error.payload ?? explain(error)
    }
  } finally {
    item.removeAttribute('aria-busy')
    if (item.textContent === '' && !stopped.signal.aborted) item.remove()
    show(false)
  }
}

function show(isBusy) {
  byId('send').hidden = isBusy
  byId('stop').hidden = !isBusy
}

byId('ask').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = byId('text').value.trim()
  if (text === '' || byId('send').hidden) return
  byId('text').value = ''
  byId('notice').textContent = ''
  void ask(text)
})
byId('stop').addEventListener('click', () => stop())
byId('new').addEventListener('click', () => {
  query.set('conversation', crypto.randomUUID())
  location.search = query.toString()
})
