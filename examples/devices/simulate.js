// A device in a terminal: node examples/devices/simulate.js lamp shed
import { setTimeout as pause } from 'node:timers/promises'
import { startDevice } from './device.js'

const [kind = 'lamp', name = 'terminal', pages = 'http://127.0.0.1:8081'] = process.argv.slice(2)
let blinks = 0

const load = async (path) => {
  const answer = await fetch(new URL(path, pages))
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  return answer.text()
}

startDevice({
  kind,
  gateway: async () => JSON.parse(await load('/gateways.json'))[0],
  token: () => load(`/token?user=device-${name}`),
  report: () =>
    kind === 'lamp' ? { on: true, blinks } : { celsius: 20 + Math.round(Math.random() * 50) / 10 },
  async onCommand({ command }) {
    console.log(command)
    if (command !== 'blink') return
    for (const light of ['*', ' ', '*', ' ', '*']) {
      process.stdout.write(`\r${light}`)
      await pause(100)
    }
    process.stdout.write('\r')
    blinks += 1
  },
  onState: (isConnected) => console.log(isConnected ? `device-${name} is connected` : 'no connection'),
})
