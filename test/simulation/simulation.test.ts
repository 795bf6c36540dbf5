// The rules of moving hold in thousands of random histories, in those that once broke them, and break when they are broken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { laterScenarios } from './later-scenarios.ts'
import { brokenLater } from './later-variants.ts'
import { memorySchedules } from './memory-scenarios.ts'
import { type Rules, rules } from './rules.ts'
import { scenarios } from './scenarios.ts'
import { generate, replay, shrink, type Which } from './simulate.ts'
import { broken } from './variants.ts'

function expectHolds(seed: number, which: Which = 'all'): void {
  const { world, operations } = generate(seed, rules, 250, which)
  if (world.violations.length === 0) return
  const short = shrink(seed, rules, operations, which)
  assert.fail(
    `seed ${seed}: ${world.violations.join('; ')}\n${replay(seed, rules, short, true, which).trace?.join('\n')}`,
  )
}

const fails = (seed: number, variant: Rules): boolean =>
  generate(seed, variant, 250, 'first').world.violations.length > 0

test('6,000 random histories keep every promise', () => {
  for (let seed = 1_000_000; seed < 1_006_000; seed++) expectHolds(seed)
})

test('the histories that once broke the rules do so no more', () => {
  const once = [
    45, 70, 524, 779, 953, 3244, 6199, 10_251, 11_207, 12_104, 13_204, 17_801, 18_132, 38_298, 45_436,
  ]
  for (const seed of once) expectHolds(seed, 'first')
  for (const seed of [31_009_320]) expectHolds(seed)
})

for (const [name, seed] of Object.entries({
  'what was read is committed, not what is settled': 1,
  'a session ends without a word in the log': 22,
  'an old holder does not heed the canary of the next': 73,
  'a resume reads the log of its position alone': 11,
  'a resume does not heed the end of its session': 63,
  'everything that was not confirmed is said never to have arrived': 8,
  'forwards are taken as repeats of the whole log, not of the part that was swept': 2146,
  'the sweep goes on where the log has lost its beginning': 524,
  'deliveries settle once written, confirmed or not': 1,
  'two dispatched records with one offset are taken for one': 3,
  'what stands in the log of an earlier slot is never sent on': 2,
})) {
  test(`it is noticed when ${name}`, () => {
    assert.ok(fails(seed, broken[name] as Rules), `seed ${seed} passes`)
  })
}

test('a history is the same when it is replayed, and fails after it was shortened', () => {
  const variant = broken['a resume reads the log of its position alone'] as Rules
  const { operations, world } = generate(11, variant, 250, 'first')
  assert.deepEqual(replay(11, variant, operations, false, 'first').violations, world.violations)
  const short = shrink(11, variant, operations, 'first')
  assert.ok(short.length < operations.length / 2)
  assert.ok(replay(11, variant, short, false, 'first').violations.length > 0)
})

for (const [name, seed] of Object.entries({
  'an end does not say how far its writer had read': 1,
  'what is no delivery holds no place': 3,
})) {
  test(`it is noticed when ${name}`, () => {
    assert.ok(generate(seed, brokenLater[name] as Rules).world.violations.length > 0, `seed ${seed} passes`)
  })
}

for (const [name, run] of Object.entries({ ...scenarios, ...laterScenarios })) {
  test(name, () => {
    const { world, expected } = run()
    assert.deepEqual(world.violations, [])
    for (const [what, holds] of Object.entries(expected)) assert.ok(holds, what)
  })
}

for (const [name, { breaks, run }] of Object.entries(memorySchedules)) {
  test(`${name}; it fails when ${breaks}`, () => {
    assert.deepEqual(run().violations, [])
    assert.notEqual(run(brokenLater[breaks]).violations.length, 0)
  })
}
