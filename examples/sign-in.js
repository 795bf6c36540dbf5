// How demo pages and their workers find the gateways and sign in.

/** What `createClient` needs for this user. */
export function optionsFor(user) {
  let attempt = 0
  return {
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
  }
}

/** What went wrong, for people: each field that a schema does not like, what a backend said, else the message. */
export function explain(error) {
  if (typeof error.payload === 'string') return error.payload
  const violations = error.violations ?? []
  return violations.map(({ field, message }) => `${field}: ${message}`).join('; ') || error.message
}
