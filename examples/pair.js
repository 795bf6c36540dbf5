// One demo as two users side by side.
import { byId, make } from './dom.js'

const query = new URLSearchParams(location.search)
const demos = await (await fetch('/demos.json')).json()
const demo = demos.find(({ folder }) => folder === query.get('demo')) ?? demos[0]

document.title = `${demo.name}: alice and bob`
byId('name').textContent = demo.name
for (const user of ['alice', 'bob'])
  byId('pair').append(
    make('iframe', { src: `/${demo.folder}/?user=${user}`, title: `${demo.name} as ${user}` }),
  )
