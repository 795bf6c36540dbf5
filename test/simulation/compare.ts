// Runs the same seeds under every broken and every other mechanism and prints what each does: `node test/simulation/compare.ts 5000`.
import { brokenLater } from './later-variants.ts'
import { type Rules, rules } from './rules.ts'
import { generate } from './simulate.ts'
import { alternatives, broken } from './variants.ts'

const count = Number(process.argv[2] ?? 3000)

function tell(name: string, variant: Rules): void {
  const sums = { failed: 0, first: 0, forwards: 0, repeats: 0, early: 0, appends: 0, reports: 0 }
  let why = ''
  for (let seed = 1; seed <= count; seed++) {
    const { world } = generate(seed, variant)
    if (world.violations.length > 0) {
      if (sums.failed++ === 0) {
        sums.first = seed
        why = world.violations[0] ?? ''
      }
    }
    for (const key of ['forwards', 'repeats', 'early', 'appends', 'reports'] as const)
      sums[key] += world.counts[key]
  }
  console.log(name, JSON.stringify(sums), why.slice(0, 100))
}

tell('as it is', rules)
for (const [name, variant] of Object.entries(alternatives)) tell(name, variant)
for (const [name, variant] of Object.entries({ ...broken, ...brokenLater })) tell(name, variant)
