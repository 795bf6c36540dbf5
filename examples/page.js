// What all demo pages share: who the user is, a client for them, and a line that says how the connection is.
import { createClient } from '/openclaw.js'
import { byId } from './dom.js'

export const query = new URLSearchParams(location.search)
export const user = query.get('user') ?? 'alice'

const states = {
  idle: 'not connected',
  connecting: 'connecting…',
  open: 'connected',
  waiting: 'connection lost, it comes back by itself…',
  closed: 'signed out',
}

/** A client for the user of this page, connected; its state is shown in the element with id `state`. */
export function openClient(options = {}) {
  let attempt = 0
  const client = createClient({
    // One gateway after the other: a session can be resumed on any of them.
    url: async () => {
      const urls = await (await fetch('/gateways.json')).json()
      return urls[attempt++ % urls.length]
    },
    // In production this asks your own server, which knows who is signed in.
    token: async () => {
      const answer = await fetch(`/token?user=${encodeURIComponent(user)}`)
      if (!answer.ok) throw new Error(await answer.text())
      return answer.text()
    },
    name: 'openclaw-demo',
    backOff: { firstMs: 200, longestMs: 5_000 },
    ...options,
  })
  const shown = byId('state')
  client.on('state', ({ state, error }) => {
    shown.textContent = error && state === 'closed' ? `not connected: ${error.message}` : states[state]
    document.documentElement.dataset.state = state
  })
  byId('user').textContent = user
  document.title += ` – ${user}`
  client.connect().catch(() => {}) // the state says it
  addEventListener('pagehide', () => void client.close())
  return client
}

/** What was refused and why, for people: each field that a schema does not like, else the message. */
export function explain(error) {
  const violations = error.violations ?? []
  return violations.map(({ field, message }) => `${field}: ${message}`).join('; ') || error.message
}
