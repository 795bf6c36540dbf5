// Draws faults from a seed, does them one at a time or on top of each other, and heals everything in the end.
import { createRandom, type Random } from '../simulation/random.ts'
import type { Fault, World } from './fault.ts'
import { faults } from './faults.ts'
import { pause } from './pause.ts'

/** Faults that may go on at one time. */
const mostAtOnce = 3
const calmMs = { from: 500, to: 5_000 }

export type WeatherOptions = {
  readonly seed: number
  readonly forMs: number
  /** Kinds that may come; all if empty. */
  readonly only: readonly string[]
  tell(line: string): void
}

/** Resolves when the time is over, or `signal` aborted, and all that was done is undone. */
export async function makeWeather(world: World, options: WeatherOptions, signal: AbortSignal): Promise<void> {
  const { only, forMs, seed } = options
  const random = createRandom(seed)
  const able = faults.filter(({ kind }) => only.length === 0 || only.includes(kind))
  if (able.length === 0)
    throw new TypeError(`no such faults: there are ${faults.map(({ kind }) => kind).join(', ')}`)
  const over = AbortSignal.any([signal, AbortSignal.timeout(forMs)])
  const going = new Map<string, Promise<void>>()
  let nth = 0
  while (!over.aborted) {
    await pause(calmMs.from + random(calmMs.to - calmMs.from), over)
    const [drawn, together] = [draw(able, random), random(2) === 0]
    if (over.aborted || going.has(drawn.group) || going.size >= mostAtOnce) continue
    nth += 1
    const doing = doOne(drawn, nth, world, createRandom(seed * 1_000 + nth), over, options)
    const rested = doing.then(() => pause(drawn.restMs ?? 0, over)).finally(() => going.delete(drawn.group))
    going.set(drawn.group, rested)
    // Long ones never stand alone: the others would wait for them most of the time.
    if (!together) await Promise.race([doing, pause(15_000, over)])
  }
  await Promise.all(going.values())
  await heal(world)
}

function draw(able: readonly Fault[], random: Random): Fault {
  let at = random(able.reduce((sum, { weight }) => sum + weight, 0))
  for (const fault of able) {
    at -= fault.weight
    if (at < 0) return fault
  }
  throw new Error('no fault was drawn')
}

async function doOne(
  fault: Fault,
  nth: number,
  world: World,
  random: Random,
  over: AbortSignal,
  { tell }: WeatherOptions,
): Promise<void> {
  const { kind } = fault
  const begin = Date.now()
  world.history.add({ e: 'fault', at: begin, nth, kind, phase: 'begin' })
  tell(`${kind} …`)
  const detail = await fault.run(world, random, over).catch((error: unknown) => `failed: ${String(error)}`)
  const skipped = detail === undefined
  const what = skipped ? { skipped } : { detail }
  world.history.add({ e: 'fault', at: Date.now(), nth, kind, phase: 'end', ...what })
  const took = `over after ${((Date.now() - begin) / 1_000).toFixed(1)} s`
  tell(skipped ? `${kind}: not possible now` : `${kind}: ${detail.split(':')[0]}, ${took}`)
}

/** Servers run, nodes are as many as there should be, clients are there and read. */
async function heal({ nodes, fleet, stack, wanted }: World): Promise<void> {
  stack.kafka.signal('SIGCONT')
  await stack.kafka.start()
  await stack.redis.start()
  for (const node of nodes.alive) nodes.thaw(node)
  while (nodes.alive.filter((node) => !node.asked).length < wanted) await nodes.start()
  await Promise.all(nodes.alive.map((node) => nodes.ready(node).catch(() => undefined)))
  fleet.steered.clear()
  for (const client of fleet.clients) {
    client.socket.unstall()
    client.start()
  }
}
