// What is on the screen of one room: each message once, whatever happens to connections; who has read how far.
import { byId, make } from '/dom.js'

const clock = (time) => time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })

export class Screen {
  #list = byId('messages')
  #user
  /** Messages by id: a copy that Kafka has twice is shown once. */
  #shown = new Map()
  /** What this page has sent and not seen come back, by its number. */
  #pending = new Map()
  #readBy = new Map()

  constructor(user) {
    this.#user = user
    this.#list.replaceChildren()
  }

  /** The id of the newest message, if there is one. */
  get newest() {
    return [...this.#shown.keys()].at(-1)
  }

  /** What was just written, until it comes back from the channel. */
  addPending(number, text) {
    const item = this.#bubble(text, this.#user, 'sending…')
    item.classList.add('pending')
    this.#pending.set(number, item)
    this.#append(item)
  }

  failed(number, why) {
    const item = this.#pending.get(number)
    if (item === undefined) return
    this.#pending.delete(number)
    item.querySelector('.about').replaceChildren(make('b', {}, `not sent: ${why}`))
  }

  /** A message of the channel; answers whether it is a new one. */
  add({ id, sender, payload, time }) {
    if (this.#shown.has(id)) return false
    const mine = sender === this.#user
    if (mine) {
      this.#pending.get(payload.number)?.remove()
      this.#pending.delete(payload.number)
    }
    const item = this.#bubble(payload.text, sender, clock(time))
    item.dataset.id = id
    this.#shown.set(id, item)
    this.#append(item, [...this.#pending.values()][0])
    return true
  }

  /** `user` has read everything up to this message: told at the newest of ours among those. */
  read(user, id) {
    if (!this.#shown.has(id) || user === this.#user) return
    let item = this.#shown.get(id)
    while (item !== null && !item.matches('.mine[data-id]')) item = item.previousElementSibling
    if (item === null) return
    const mark = this.#readBy.get(user) ?? make('span', { class: 'read' })
    mark.textContent = ` · read by ${user}`
    this.#readBy.set(user, mark)
    item.querySelector('.about').append(mark)
  }

  notice(text) {
    this.#append(make('li', { class: 'notice faint' }, text))
  }

  #bubble(text, sender, about) {
    const mine = sender === this.#user
    return make(
      'li',
      mine ? { class: 'mine' } : {},
      make('b', { class: 'who' }, mine ? 'you' : (sender ?? 'the backend')),
      make('div', { class: 'text' }, text),
      make('span', { class: 'about faint' }, about),
    )
  }

  /** Follows the end of the list unless somebody has scrolled up to read. */
  #append(item, before = null) {
    const { scrollHeight, scrollTop, clientHeight } = this.#list
    const follows = scrollHeight - scrollTop - clientHeight < 40 || item.classList.contains('pending')
    this.#list.insertBefore(item, before)
    if (follows) this.#list.scrollTop = this.#list.scrollHeight
  }
}
