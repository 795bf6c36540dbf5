// One random history: generated from a seed, replayed from its list of operations, and shortened to what makes it fail.
import { checkEnd } from './check.ts'
import { createWorld, violate, type WorldSize } from './create-world.ts'
import { allOperations, apply, type Operation, operations } from './operations.ts'
import { quiesce } from './quiesce.ts'
import { createRandom } from './random.ts'
import type { Rules } from './rules.ts'
import { closeSocket } from './sockets.ts'
import type { World } from './world.ts'

export type History = {
  readonly seed: number
  readonly operations: readonly Operation[]
  readonly world: World
}

type Choice = { readonly total: number; choose(at: number): string }

function choiceOf(table: typeof operations, other: Readonly<Record<string, number>> = {}): Choice {
  const weights = Object.entries(table).map(
    ([name, { weight }]) => [name, Math.round((other[name] ?? weight) * 100)] as const,
  )
  const choose = (at: number): string => {
    let left = at
    for (const [name, weight] of weights) {
      left -= weight
      if (left < 0) return name
    }
    return 'read'
  }
  return { total: weights.reduce((sum, [, weight]) => sum + weight, 0), choose }
}

export type Which = 'all' | 'first'

/** Where everything is forgotten at once, more is done that then may go wrong. */
const risky = {
  window: 1,
  crowd: 4,
  away: 2,
  wipe: 1,
  crash: 0.6,
  connect: 6,
  follow: 14,
  beat: 3,
  flush: 6,
  bye: 0.05,
}

const choices: Readonly<Record<Which | 'forgetful', Choice>> = {
  all: choiceOf(allOperations),
  first: choiceOf(operations),
  forgetful: choiceOf(allOperations, risky),
}

/** A world whose holders can close its sockets. */
export function newWorld(rules: Rules, size: WorldSize, trace: boolean): World {
  const world = createWorld(rules, size, trace)
  world.close = (socket, why) => closeSocket(world, socket, why)
  return world
}

function worldOf(seed: number, rules: Rules, which: Which, trace: boolean): World {
  const size = { nodes: 2 + (seed % 3), slots: 3 + (seed % 4), clients: 1 + (seed % 3) }
  if (which === 'first' || seed % 11 > 7) return newWorld(rules, { ...size, later: false }, trace)
  const raw = seed % 10 === 2 ? seed % size.clients : -1
  const [maxLegs, forgetful] = [seed % 7 === 3 ? 3 : 8, seed % 11 < 5]
  return newWorld(rules, { ...size, raw, maxLegs, forgetful }, trace)
}

/**
 * `which` operations: those that there were when some seeds were written down, or all; then too three histories of eleven
 * have the first ones only, and five forget all they may.
 */
export function generate(seed: number, rules: Rules, length = 250, which: Which = 'all'): History {
  const random = createRandom(seed)
  const world = worldOf(seed, rules, which, false)
  const { total, choose } = choices[world.forgetful ? 'forgetful' : world.later ? 'all' : 'first']
  const done: Operation[] = []
  for (let tries = 0; tries < length * 6 && done.length < length && world.violations.length === 0; tries++) {
    const operation: Operation = [choose(random(total)), random(1 << 16), random(1 << 16), random(1 << 16)]
    if (guarded(world, operation)) done.push(operation)
  }
  finish(seed, world)
  return { seed, operations: done, world }
}

export function replay(
  seed: number,
  rules: Rules,
  list: readonly Operation[],
  trace: boolean,
  which: Which = 'all',
): World {
  const world = worldOf(seed, rules, which, trace)
  for (const operation of list) {
    if (world.violations.length > 0) break
    world.trace?.push(`-- ${operation.join(' ')}`)
    guarded(world, operation)
  }
  world.trace?.push('-- faults stop')
  finish(seed, world)
  return world
}

function guarded(world: World, operation: Operation): boolean {
  try {
    return apply(world, operation)
  } catch (failure) {
    violate(world, `it throws: ${failure instanceof Error ? failure.stack : String(failure)}`)
    return true
  }
}

function finish(seed: number, world: World): void {
  if (world.violations.length > 0) return
  const leaves = (client: number): boolean => (seed + client) % 5 === 0
  try {
    if (quiesce(world, leaves) && world.violations.length === 0) checkEnd(world)
  } catch (failure) {
    violate(world, `it throws: ${failure instanceof Error ? failure.stack : String(failure)}`)
  }
}

/** Drops operations for as long as the history still fails in some way. */
export function shrink(
  seed: number,
  rules: Rules,
  list: readonly Operation[],
  which: Which = 'all',
): readonly Operation[] {
  const fails = (candidate: readonly Operation[]): boolean =>
    replay(seed, rules, candidate, false, which).violations.length > 0
  let best = list
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length; ) {
      const candidate = [...best.slice(0, at), ...best.slice(at + size)]
      if (fails(candidate)) best = candidate
      else at += size
    }
  }
  return best
}
