// Runs random histories: `node test/simulation/run.ts --from 1 --count 10000`, or one again with `--seed 7 --trace`.
import { parseArgs } from 'node:util'
import { rules } from './rules.ts'
import { generate, replay, shrink } from './simulate.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '10000' },
    length: { type: 'string', default: '250' },
    trace: { type: 'boolean', default: false },
    most: { type: 'string', default: '1' },
    first: { type: 'boolean', default: false },
  },
})
const length = Number(values.length)
const which = values.first ? 'first' : 'all'
const from = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.count) : 1
const started = performance.now()
const sums: Record<string, number> = {}
let failed = 0
let deliveries = 0
let reported = 0
let hops = 0
for (let seed = from; seed < from + count; seed++) {
  const { world, operations } = generate(seed, rules, length, which)
  for (const [name, value] of Object.entries(world.counts)) sums[name] = (sums[name] ?? 0) + value
  deliveries += world.fates.length
  reported += world.fates.filter(({ reports }) => reports.length > 0).length
  hops = Math.max(hops, ...world.fates.map((fate) => fate.hops))
  if (world.violations.length === 0) {
    if (values.trace) console.log(replay(seed, rules, operations, true, which).trace?.join('\n'))
    continue
  }
  failed++
  if (failed > Number(values.most)) continue
  const short = shrink(seed, rules, operations, which)
  console.log(
    `seed ${seed} fails: ${world.violations.join('; ')}\nshortened from ${operations.length} to ${short.length} operations:`,
  )
  console.log(replay(seed, rules, short, true, which).trace?.join('\n'))
}
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ histories: count, failed, deliveries, reported, hops, ...sums }))
console.log(`${Math.round((count / seconds) * 60)} histories a minute`)
process.exitCode = failed > 0 ? 1 : 0
