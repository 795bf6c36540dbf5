// The faults: what each does, for how long, and how it heals what it harmed, also when it is cut short.
import type { Random } from '../simulation/random.ts'
import type { Fault, World } from './fault.ts'
import { sendLateHello } from './late-hello.ts'
import type { ChaosNode } from './nodes.ts'
import { times } from './options.ts'
import { pause } from './pause.ts'

/** Milliseconds from `from` to `to`. */
const between = (random: Random, from: number, to: number): number => from + random(to - from + 1)

/** A node that runs, or none where that would leave nobody. */
function pick({ nodes }: World, random: Random): ChaosNode | undefined {
  const able = nodes.alive.filter((node) => node.wasReady && !node.frozen && !node.asked)
  return able.length > 1 ? able[random(able.length)] : undefined
}

const named = (clients: readonly number[]): string => `${clients.length} clients: ${clients.join(' ')}`

const nodeKilled: Fault = {
  kind: 'node killed',
  weight: 4,
  group: 'kill',
  async run(world, random, over) {
    const [node, away] = [pick(world, random), random(3_000)]
    if (node === undefined) return undefined
    await world.nodes.kill(node)
    await pause(away, over)
    const successor = await world.nodes.start()
    return `${node.name}; ${successor.name} after ${away} ms`
  },
}

const nodeFrozen: Fault = {
  kind: 'node frozen',
  weight: 3,
  group: 'freeze',
  async run(world, random, over) {
    const node = pick(world, random)
    const ms = random(3) === 0 ? between(random, 300, 2_500) : between(random, times.leaseTtl + 500, 10_000)
    if (node === undefined) return undefined
    world.nodes.freeze(node)
    await pause(ms, over)
    world.nodes.thaw(node)
    return `${node.name} for ${ms} ms`
  },
}

const rollingRestart: Fault = {
  kind: 'rolling restart',
  weight: 1,
  group: 'kill',
  async run({ nodes }, _random, over) {
    const late: string[] = []
    const old = nodes.alive.filter((node) => node.wasReady && !node.asked)
    for (const node of old) {
      if (over.aborted) break
      const successor = await nodes.start()
      await nodes.ready(successor).catch(() => undefined)
      if (!(await nodes.stop(node, 20_000))) late.push(node.name)
    }
    return `${old.map(({ name }) => name).join(', ')}${late.length > 0 ? `; not stopped in time: ${late.join(', ')}` : ''}`
  },
}

const kafkaKilled: Fault = {
  kind: 'kafka killed',
  weight: 2,
  group: 'kafka',
  restMs: 12_000,
  async run({ stack }, random, over) {
    const ms = between(random, 3_000, random(3) === 0 ? 20_000 : 6_000)
    await stack.kafka.kill()
    await pause(ms, over)
    await stack.kafka.start()
    return `for ${ms} ms`
  },
}

const kafkaFrozen: Fault = {
  kind: 'kafka frozen',
  weight: 1,
  group: 'kafka',
  restMs: 12_000,
  async run({ stack }, random, over) {
    const ms = between(random, 1_000, 12_000)
    stack.kafka.signal('SIGSTOP')
    await pause(ms, over)
    stack.kafka.signal('SIGCONT')
    return `for ${ms} ms`
  },
}

const redisAway = (kind: string, weight: number, from: number, to: number): Fault => ({
  kind,
  weight,
  group: 'redis',
  async run({ stack }, random, over) {
    const ms = between(random, from, to)
    await stack.redis.kill()
    await pause(ms, over)
    await stack.redis.start()
    return `empty after ${ms} ms`
  },
})

const flapping: Fault = {
  kind: 'clients flap',
  weight: 3,
  group: 'clients',
  async run({ fleet, nodes }, random, over) {
    const [some, rounds] = [fleet.some(0.1, random), between(random, 20, 50)]
    for (let round = 0; round < rounds && !over.aborted; round += 1) {
      for (const n of some) {
        const { ports } = nodes
        fleet.steered.set(n, ports[(n + round) % Math.max(1, ports.length)] ?? 0)
        fleet.clients[n]?.socket.drop()
      }
      await pause(100, over)
    }
    for (const n of some) fleet.steered.delete(n)
    return `${rounds} times, ${named(some)}`
  },
}

const stalling: Fault = {
  kind: 'clients stop reading',
  weight: 2,
  group: 'stall',
  async run({ fleet }, random, over) {
    const [some, ms] = [fleet.some(0.05, random), between(random, 2_000, 12_000)]
    for (const n of some) fleet.clients[n]?.socket.stall()
    await pause(ms, over)
    for (const n of some) fleet.clients[n]?.socket.unstall()
    return `for ${ms} ms, ${named(some)}`
  },
}

const vanishing = (kind: string, weight: number, share: number, from: number, to: number): Fault => ({
  kind,
  weight,
  group: kind,
  async run({ fleet }, random, over) {
    const [some, ms] = [fleet.some(share, random), between(random, from, to)]
    for (const n of some) fleet.clients[n]?.socket.vanish()
    await pause(ms, over)
    for (const n of some) fleet.clients[n]?.socket.start()
    return `for ${ms} ms, ${named(some)}`
  },
})

const lateHellos: Fault = {
  kind: 'late hellos',
  weight: 2,
  group: 'late hellos',
  async run({ fleet, nodes, history }, random) {
    const some = fleet.some(0.05, random).map((n) => [n, random(100)] as const)
    const { ports } = nodes
    if (ports.length === 0) return undefined
    await Promise.all(some.map(([n, at]) => sendLateHello(fleet, n, ports[at % ports.length] ?? 0, history)))
    return named(some.map(([n]) => n))
  },
}

const window = times.resumeWindow

export const faults: readonly Fault[] = [
  nodeKilled,
  nodeFrozen,
  rollingRestart,
  kafkaKilled,
  kafkaFrozen,
  redisAway('redis wiped', 2, 100, 3_000),
  redisAway('redis down', 1, 18_000, 22_000),
  flapping,
  stalling,
  vanishing('clients away', 3, 0.1, 500, window * 0.7),
  vanishing('clients away too long', 2, 0.05, window + times.leaseTtl + 2_000, window + 15_000),
  lateHellos,
]
