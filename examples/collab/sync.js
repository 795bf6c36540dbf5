// A yjs document that lives on a channel: its history is the document, and each change is a message.
import * as Y from '/yjs.js'

/** Where changes come from that have been on the channel. */
const remote = Symbol('remote')

/**
 * Keeps `doc` the same in all windows. Changes may come twice or in any order between windows: yjs merges them all the
 * same. `every`: changes between two snapshots. Told by `onSaved(isSaved)` and `onError(error)`.
 */
export function share(client, doc, channel, { every, onSaved, onError }) {
  const own = crypto.randomUUID()
  let waiting = []
  let isSending = false
  let sinceSnapshot = 0
  let subscription

  // One message at a time: what is written meanwhile goes in the next one. It waits for as long as there is no connection.
  async function send() {
    if (isSending) return
    isSending = true
    onSaved(false)
    try {
      while (waiting.length > 0) {
        const update = Y.mergeUpdates(waiting.splice(0))
        await client.publish({ channel }, update, { type: 'change', headers: { 'x-window': own } })
      }
      onSaved(true)
    } catch (error) {
      onError(error)
    }
    isSending = false
  }

  /** All of the document in one message, so that whoever comes later need not read all of its past. */
  function sendSnapshot() {
    client.publish({ channel }, Y.encodeStateAsUpdate(doc), { type: 'snapshot' }).catch(onError)
  }

  function take({ type, payload, headers }) {
    Y.applyUpdate(doc, payload, remote)
    sinceSnapshot = type === 'snapshot' ? 0 : sinceSnapshot + 1
    // The one whose change was one too many; the others saw the same and leave it to this one.
    if (sinceSnapshot >= every && headers['x-window'] === own) {
      sinceSnapshot = 0
      sendSnapshot()
    }
  }

  function follow() {
    // Twice as far back as the newest snapshot is, and what may have come beside that.
    subscription = client.subscribe(channel, { last: every * 2 + 100 }, take)
    subscription.ready.catch(onError)
    let joined = 0
    subscription.on('subscribed', () => {
      joined += 1
    })
    // Away for longer than the history reaches: what others have is read anew, and what this one has is said anew. At the
    // first time it means that there is no more to read.
    subscription.on('gap', () => {
      if (joined < 2) return
      subscription.close()
      follow()
      sendSnapshot()
    })
  }

  doc.on('update', (update, origin) => {
    if (origin === remote) return
    waiting.push(update)
    void send()
  })
  follow()
  return subscription.ready
}
