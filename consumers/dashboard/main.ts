// The backend of the demo dashboard: what this machine does, four times a second, each number under a key of its own.
import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openDemo } from '../demo.ts'

const { backend } = openDemo('dashboard', 'dashboard.metrics')
const everyMs = 250

type Metric = { readonly name: string; readonly unit: string; readonly value: number }

const delays = monitorEventLoopDelay({ resolution: 10 })
delays.enable()
let published = 0

/** Milliseconds of all processors: busy ones, and all. */
const processorTimes = (): readonly [number, number] => {
  const times = cpus().flatMap((cpu) => Object.entries(cpu.times))
  const sum = (list: typeof times) => list.reduce((all, [, ms]) => all + ms, 0)
  return [sum(times.filter(([name]) => name !== 'idle')), sum(times)]
}
let [busyBefore, allBefore] = processorTimes()

const metrics = (): readonly Metric[] => {
  const [busy, all] = processorTimes()
  const processors = all === allBefore ? 0 : (100 * (busy - busyBefore)) / (all - allBefore)
  busyBefore = busy
  allBefore = all
  const late = delays.percentile(99) / 1e6
  delays.reset()
  return [
    { name: 'processors', unit: '%', value: processors },
    { name: 'load', unit: '', value: loadavg()[0] ?? 0 },
    { name: 'memory', unit: '%', value: 100 * (1 - freemem() / totalmem()) },
    { name: 'heap of this backend', unit: 'MB', value: process.memoryUsage().heapUsed / 1e6 },
    { name: 'its event loop is late', unit: 'ms', value: late },
    { name: 'records it has published', unit: '', value: published },
  ]
}

// The key tells the gateway what is the newest of what: a reader who is slow or new gets the newest of each first.
const publish = async () => {
  await Promise.all(
    metrics().map(({ name, unit, value }) =>
      backend.sendTo(
        { channel: 'dashboard:machine' },
        { name, unit, value: Math.round(value * 100) / 100 },
        { type: 'metric', conflationKey: name },
      ),
    ),
  )
  published += 6
}

// One after the other, so that an outage of Kafka leaves no crowd of old numbers behind.
let busy = false
setInterval(() => {
  if (busy) return
  busy = true
  publish()
    .catch((failure: unknown) => console.error('not published:', failure))
    .finally(() => {
      busy = false
    })
}, everyMs)
console.log('dashboard publishes what this machine does')
