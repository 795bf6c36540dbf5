// What the limits cost a message: nanoseconds of `receive`, with nothing limited and with everything.
import { turnTime } from '../gateway/connection/turn-clock.ts'
import { createSharedTraffic } from '../gateway/limits/shared-traffic.ts'
import { ConnectionTraffic } from '../gateway/limits/traffic.ts'

const rate = { count: 1_000_000_000, windowMs: 1_000 }
const flow = { messages: rate, bytes: rate }
const rounds = 5_000_000
/** Messages that come in one piece of TCP data. */
const perTurn = 10

const nothing = { node: {}, principal: {}, routes: new Map(), tenant: () => undefined }
const everything = { ...nothing, node: flow, principal: flow }
const alice = { tenant: '', user: 'alice', claims: {} }

const cases = [
  ['nothing limited', {}, nothing],
  ['messages of the connection', { messages: rate }, nothing],
  ['messages and bytes of the connection', flow, nothing],
  ['messages and bytes of connection, user and node', flow, everything],
] as const

for (const [name, own, shared] of cases) {
  let sink = 0
  const measure = async (): Promise<number> => {
    const traffic = new ConnectionTraffic(
      own,
      createSharedTraffic(shared, turnTime, () => undefined),
    )
    traffic.identify(alice)
    const heap = process.memoryUsage().heapUsed
    let spent = 0
    for (let n = 0; n < rounds; n += 10_000) {
      const since = process.hrtime.bigint()
      for (let m = 0; m < 10_000; m++) sink += traffic.receive(128)
      spent += Number(process.hrtime.bigint() - since)
      await Promise.resolve()
    }
    const grown = Math.max(0, process.memoryUsage().heapUsed - heap) / rounds
    console.log(`${name}: ${(spent / rounds).toFixed(1)} ns, ${grown.toFixed(2)} B of heap`)
    return spent
  }
  await measure()
  await measure()
  if (sink > 0) throw new Error(`held back ${sink}`)
}

const since = process.hrtime.bigint()
let last = 0
for (let n = 0; n < 1_000_000 / perTurn; n++) {
  for (let m = 0; m < perTurn; m++) last = turnTime()
  await Promise.resolve()
}
const clock = Number(process.hrtime.bigint() - since) / 1_000_000
console.log(`the clock itself, looked at once for ${perTurn} messages: ${clock.toFixed(1)} ns (${last > 0})`)
