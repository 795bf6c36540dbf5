// Devices that live in this window: what one would see of them.
import { byId, make } from '/dom.js'
import { startDevice } from './device.js'

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Switches a device on. Its user is `device-` and its name: the rules of openclaw.yaml know devices by that. */
export function addSimulated(kind, name) {
  const device = `device-${kind}-${name}`
  const bulb = make('span', { class: 'bulb' })
  const state = make('p', { class: 'faint' }, 'no connection')
  const off = make('button', { type: 'button', 'aria-label': `switch off ${device}` }, 'Switch off')
  const item = make('li', { class: 'card' }, make('p', {}, kind === 'lamp' ? bulb : '', device), state, off)
  byId('here').append(item)
  let blinks = 0

  const stop = startDevice({
    kind,
    gateway: async () => (await (await fetch('/gateways.json')).json())[0],
    token: async () => (await fetch(`/token?user=${device}`)).text(),
    report: () =>
      kind === 'lamp' ? { on: true, blinks } : { celsius: 20 + Math.round(Math.random() * 50) / 10 },
    async onCommand({ command }) {
      if (command !== 'blink') return
      for (let n = 0; n < 6; n += 1) {
        bulb.classList.toggle('lit')
        await pause(150)
      }
      blinks += 1
    },
    onState: (isConnected) => state.replaceChildren(isConnected ? 'connected' : 'no connection'),
  })
  off.addEventListener('click', () => {
    stop()
    item.remove()
  })
}
