// The chat: what is said goes over one channel of the room; who types and who has read what, over another that conflates.
import { byId, make } from '/dom.js'
import { explain, openClient, query, user } from '/page.js'
import { Screen } from './room.js'

const rooms = ['lobby', 'news', 'alice-and-bob']
const typingLastsMs = 4_000
const client = openClient()

/** Numbers of our messages: no two windows of one user give the same. */
let number = Date.now() * 1_000 + Math.floor(Math.random() * 1_000)
let current

for (const name of rooms) {
  const button = make('button', { type: 'button', data: { room: name } }, name)
  button.addEventListener('click', () => enter(name))
  byId('rooms').append(button)
}

function enter(name) {
  current?.leave()
  current = openRoom(name)
  byId('room').textContent = name
  byId('notice').textContent = ''
  for (const button of byId('rooms').children)
    button.setAttribute('aria-current', String(button.dataset.room === name))
}

function openRoom(room) {
  const channel = `chat:${room}`
  const signsChannel = `chat-signs:${room}`
  const screen = new Screen(user)
  const members = new Map()
  const typing = new Map()
  const reads = new Map()
  let told // the newest message that we have said we read
  let typedAt = 0

  // The last 50 at first; after a lost connection the client goes on where it was.
  const messages = client.subscribe(channel, { last: 50, members: true })
  void each(messages, (message) => {
    typing.delete(message.sender)
    showTyping()
    if (!screen.add(message)) return
    for (const [reader, id] of reads) if (id === message.id) screen.read(reader, id)
    tellRead()
  })
  messages.on('gap', () => screen.notice('Some messages are missing here.'))
  messages.on('subscribed', async () => {
    const found = await client.presence(channel).catch(() => undefined)
    if (found === undefined) return
    members.clear()
    for (const member of found.members) members.set(member.user, member.sessions)
    showMembers()
  })
  for (const event of ['joined', 'left']) {
    messages.on(event, (member) => {
      members.set(member.user, member.sessions)
      if (member.sessions === 0) members.delete(member.user)
      showMembers()
    })
  }

  // The newest sign of each kind and user comes first, for the channel conflates.
  const signs = client.subscribe(signsChannel, { last: 200 })
  void each(signs, ({ type, sender, payload, time }) => {
    if (sender === user) return
    if (type === 'read') {
      reads.set(sender, payload.message)
      screen.read(sender, payload.message)
    } else if (type === 'typing') {
      const until = time.getTime() + typingLastsMs
      if (payload.typing && until > Date.now()) typing.set(sender, until)
      else typing.delete(sender)
      showTyping()
    }
  })
  const timer = setInterval(showTyping, 1_000)

  /** Hands on what comes; the loop ends with the room, or throws where we may not be in it. */
  async function each(subscription, handle) {
    try {
      for await (const message of subscription) handle(message)
    } catch (error) {
      if (current?.room === room) byId('notice').textContent = `${room}: ${explain(error)}`
    }
  }

  function showMembers() {
    if (current?.room !== room) return
    const names = [...members.keys()].toSorted((one, other) => one.localeCompare(other))
    byId('members').replaceChildren(
      ...names.map((name) => make('li', {}, name === user ? `${name} (you)` : name)),
    )
  }

  function showTyping() {
    for (const [name, until] of typing) if (until < Date.now()) typing.delete(name)
    const names = [...typing.keys()]
    const text = names.length === 0 ? '' : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} typing…`
    if (byId('typing').textContent !== text) byId('typing').textContent = text
  }

  /** Says how far we have read, if anybody looks at this page at all. */
  function tellRead() {
    const { newest } = screen
    if (document.visibilityState !== 'visible' || newest === undefined || newest === told) return
    told = newest
    const payload = { room, message: newest }
    client.publish({ channel: signsChannel }, payload, { type: 'read', key: `read ${user}` }).catch(() => {})
  }

  /** Says that we type, every two seconds at most. What is old in a moment is not sent again: `cast`. */
  function tellTyping(is) {
    if (is && Date.now() - typedAt < typingLastsMs / 2) return
    typedAt = is ? Date.now() : 0
    client.cast({ channel: signsChannel }, { room, typing: is }, { type: 'typing', key: `typing ${user}` })
  }

  /** It is sent until Kafka has it, over as many connections as that takes. */
  async function say(text) {
    number += 1
    const mine = String(number)
    const message = { room, text, number: mine }
    screen.addPending(mine, text)
    tellTyping(false)
    try {
      await client.publish({ channel }, message, { type: 'msg' })
      // Commands are also asked of the backend, which answers to the room.
      if (text.startsWith('/')) await client.request('chat', message, { type: 'msg' })
    } catch (error) {
      screen.failed(mine, explain(error))
      byId('notice').textContent = explain(error)
    }
  }

  function leave() {
    clearInterval(timer)
    messages.close()
    signs.close()
    typing.clear()
    showTyping()
    byId('members').replaceChildren()
  }

  return { room, say, leave, tellRead, tellTyping }
}

byId('write').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = byId('text').value
  byId('text').value = ''
  byId('notice').textContent = ''
  if (text.trim() !== '') void current.say(text)
})
byId('text').addEventListener('input', () => current.tellTyping(true))
document.addEventListener('visibilitychange', () => current.tellRead())

enter(query.get('room') ?? rooms[0])
