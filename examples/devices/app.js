// The console of the devices: what they report comes on a channel, and a command is a request whose answer is the receipt.
import { byId, make } from '/dom.js'
import { explain, openClient, user } from '/page.js'
import { addSimulated } from './simulated.js'

const client = openClient()
const cards = new Map()

const failures = {
  'no-session': 'It is not connected.',
  'deadline-passed': 'It did not come in time.',
  unconfirmed: 'It may have arrived or not.',
}

function cardOf(device, kind) {
  const known = cards.get(device)
  if (known !== undefined) return known
  const says = make('p', { class: 'says' }, '')
  const receipt = make('p', { class: 'receipt faint', role: 'status' }, '')
  const item = make('li', { class: 'card', data: { device } }, make('h2', {}, device), says)
  if (kind === 'lamp') {
    const button = make('button', { type: 'button', 'aria-label': `blink ${device}` }, 'Blink')
    button.addEventListener('click', () => blink(device, receipt))
    item.append(button)
  }
  item.append(receipt)
  cards.set(device, { item, says })
  byId('all').append(item)
  return cards.get(device)
}

async function blink(device, receipt) {
  receipt.textContent = 'sent…'
  try {
    const { payload } = await client.request('device-commands', { device, command: 'blink' })
    receipt.textContent =
      payload.outcome === 'unknown'
        ? 'Nothing was heard of it in time.'
        : `Handed to the device (${payload.outcome}) after ${payload.ms} ms.`
  } catch (error) {
    receipt.textContent = failures[error.payload] ?? error.payload ?? explain(error)
  }
}

const readings = {
  lamp: ({ on, blinks }) => `${on ? 'on' : 'off'}, has blinked ${blinks}×`,
  thermometer: ({ celsius }) => `${celsius} °C`,
}

/** What a device says is its own: anybody may send anything, so it is shown as text. */
function read(kind, says) {
  try {
    return readings[kind](JSON.parse(says))
  } catch {
    return says
  }
}

const reports = client.subscribe('devices', { last: 100 }, ({ type, payload, time }) => {
  if (type === 'gone') {
    const known = cards.get(payload.device)
    known?.item.classList.add('gone')
    known?.says.replaceChildren(`gone at ${time.toLocaleTimeString()}`)
    return
  }
  const { item, says } = cardOf(payload.device, payload.kind)
  item.classList.remove('gone')
  says.replaceChildren(read(payload.kind, payload.says))
})
reports.ready.catch((error) => {
  byId('notice').textContent = explain(error)
})

let number = 0
for (const button of document.querySelectorAll('button[data-kind]')) {
  button.addEventListener('click', () => {
    number += 1
    addSimulated(button.dataset.kind, `${user}-${number}`)
  })
}
addSimulated('lamp', user)
