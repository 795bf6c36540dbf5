// Text that several people write at once: a document on one channel, cursors on another that keeps only the newest of each.
import { byId } from '/dom.js'
import { explain, openClient, query, user } from '/page.js'
import * as Y from '/yjs.js'
import { bind } from './editor.js'
import { share } from './sync.js'

const name = query.get('doc') ?? 'notes'
// Changes are bytes: as protobuf they travel as they are, in JSON they would be base64.
const client = openClient({ codec: 'proto' })
const doc = new Y.Doc()
const text = doc.getText('text')
const area = byId('text')

bind(area, text)
await share(client, doc, `collab:${name}`, {
  every: Number(query.get('every') ?? 200),
  onSaved: (isSaved) => {
    byId('saved').textContent = isSaved ? 'all of it is in Kafka' : 'on its way…'
  },
  onError: (error) => {
    byId('notice').textContent = explain(error)
  },
})
document.documentElement.dataset.ready = 'true'

// Where the others are: old in a moment, so it is sent once or not at all.
const cursors = `collab-cursors:${name}`
const lines = new Map()
let said

function tell() {
  const line = area.value.slice(0, area.selectionStart).split('\n').length
  if (document.activeElement !== area || line === said) return
  if (client.cast({ channel: cursors }, { line }, { type: 'cursor', key: user })) said = line
}

function show() {
  const others = [...lines].map(([who, line]) => (line === undefined ? who : `${who} in line ${line}`))
  byId('others').textContent = others.length === 0 ? 'nobody else is here' : `here: ${others.join(', ')}`
}

const here = client.subscribe(cursors, { members: true }, ({ sender, payload }) => {
  if (sender === user) return
  lines.set(sender, payload.line)
  show()
})
here.on('subscribed', async () => {
  said = undefined
  const found = await client.presence(cursors).catch(() => ({ members: [] }))
  for (const { user: who } of found.members) if (who !== user && !lines.has(who)) lines.set(who, undefined)
  show()
})
here.on('joined', ({ user: who }) => {
  // Who has just come does not know where we are.
  said = undefined
  tell()
  if (who !== user && !lines.has(who)) lines.set(who, undefined)
  show()
})
here.on('left', ({ user: who }) => {
  lines.delete(who)
  show()
})
document.addEventListener('selectionchange', tell)
