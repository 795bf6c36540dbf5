// What all demo pages share: who the user is, a client for them, and a line that says how the connection is.
import { createClient } from '/openclaw.js'
import { byId } from './dom.js'
import { optionsFor } from './sign-in.js'

export { explain } from './sign-in.js'

export const query = new URLSearchParams(location.search)
export const user = query.get('user') ?? 'alice'

const states = {
  idle: 'not connected',
  connecting: 'connecting…',
  open: 'connected',
  waiting: 'connection lost, it comes back by itself…',
  closed: 'signed out',
}

/** Says whose page this is. */
export function showUser() {
  byId('user').textContent = user
  document.title += ` – ${user}`
}

/** Says how the connection is; `why` of one that does not come back. */
export function showState(state, why) {
  byId('state').textContent = why && state === 'closed' ? `not connected: ${why}` : states[state]
  document.documentElement.dataset.state = state
}

/** A client for the user of this page, connected. */
export function openClient(options = {}) {
  const client = createClient({ ...optionsFor(user), ...options })
  showUser()
  client.on('state', ({ state, error }) => showState(state, error?.message))
  client.connect().catch(() => {}) // the state says it
  addEventListener('pagehide', () => void client.close())
  // Back from the browser's memory: its client is closed.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
  return client
}
