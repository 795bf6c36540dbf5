// The start page: a card for each demo of demos.json.
import { byId, make } from './dom.js'

const demos = await (await fetch('/demos.json')).json()

for (const { folder, name, text, shows } of demos) {
  const link = (href, label) => make('a', { href, 'aria-label': `${name}, ${label}` }, label)
  byId('demos').append(
    make(
      'li',
      { class: 'card' },
      make('h2', {}, name),
      make('p', {}, text),
      make('p', { class: 'faint' }, shows.join(' · ')),
      make(
        'p',
        { class: 'row' },
        link(`/pair.html?demo=${folder}`, 'alice and bob side by side'),
        ...['alice', 'bob', 'carol'].map((user) => link(`/${folder}/?user=${user}`, user)),
      ),
    ),
  )
}
