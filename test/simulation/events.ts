// What befalls the modelled world: messages, heartbeats, deaths, truncation, wiped registries and windows that end.
import type { Origin } from '../../gateway/moving/slot-state.ts'
import { note } from './create-world.ts'
import { perform, take } from './holder.ts'
import { hashAt, logOf } from './logs.ts'
import { appendTo } from './produce.ts'
import { bind } from './sockets.ts'
import type { Node, Socket, Tenure, World } from './world.ts'

export const pick = <T>(list: readonly T[], index: number): T | undefined =>
  list[index % Math.max(1, list.length)]
export const runs = (node: Node | undefined): node is Node => node?.alive === true && !node.frozen
export const ready = (node: Node): Tenure[] =>
  node.tenures.filter(({ dropped, state }) => !dropped && state !== undefined)
export const opened = (node: Node): Socket[] => node.sockets.filter(({ closed }) => !closed)

export function heartbeat(world: World, socket: Socket): boolean {
  const tenure = socket.node.primary
  const { session } = socket
  if (
    tenure?.state === undefined ||
    session === undefined ||
    socket.sweeping ||
    socket.position === undefined
  )
    return false
  const attached = tenure.state.attached.get(session)
  if (!attached?.ready || attached.generation !== socket.generation) return false
  const { slot } = tenure
  const next = Math.max(socket.position.next, tenure.state.next)
  socket.position = { slot, since: socket.position.since, next, hash: hashAt(logOf(world, slot), next) }
  socket.down.push({ kind: 'heartbeat', position: socket.position })
  return true
}

/** Partitions count their offsets each for itself, so that two of a session's deliveries may have one offset. */
function dispatchOrigin(world: World, partition: number): Origin {
  const offset = world.dispatched[partition] ?? 0
  world.dispatched[partition] = offset + 1
  return { slot: undefined, log: `dispatch/${partition}`, offset }
}

/** Appended to the slot's log by a backend; with a generation, by whoever reads this partition of the dispatch topic. */
export function deliver(
  world: World,
  session: string,
  slot: number,
  generation: number,
  partition = 0,
): void {
  const id = world.fates.length
  const dispatched = generation >= 0
  const origin = dispatched ? dispatchOrigin(world, partition) : undefined
  world.fates.push({
    id,
    session,
    seq: world.seq + 1,
    arrived: 0,
    wrote: false,
    confirmed: false,
    reports: [],
    lost: false,
    copies: 0,
    hops: 0,
  })
  const offset = appendTo(world, slot, {
    kind: 'delivery',
    id,
    session,
    origin,
    hops: dispatched ? 1 : 0,
    generation,
  })
  note(world, () => `delivery ${id} for ${session} at ${slot}/${offset}`)
}

export function rebuild(world: World, node: Node): boolean {
  if (node.registered || !world.registry.up) return false
  node.registered = true
  for (const socket of opened(node))
    if (socket.session !== undefined && node.primary !== undefined)
      bind(world, socket, { slot: node.primary.slot, generation: socket.generation })
  return true
}

/** Takes a slot that has no living holder: as its own, or to see to its backlog. */
export function takeFree(world: World, node: Node, slot: number, own: boolean): boolean {
  const owner = world.owners[slot]
  if (
    owner !== undefined &&
    runs(owner.node) &&
    owner.node.tenures.some(({ slot: held, dropped }) => held === slot && !dropped)
  )
    return false
  if (!own && owner === undefined) return false
  take(world, node, slot)
  return true
}

export function crash(world: World, a: number): boolean {
  const node = pick(world.nodes, a)
  if (!node?.alive) return false
  note(world, () => `node ${node.id} dies`)
  node.alive = false
  for (const tenure of node.tenures) tenure.dropped = true
  for (const socket of node.sockets) socket.closed = true
  return true
}

export function truncate(world: World, slot: number, start: number): void {
  note(world, () => `log ${slot} is truncated to ${start}`)
  logOf(world, slot).start = start
  world.truncated = true
}

/** The resume window of a session that waits here is over. The registry has to answer, and to be whole. */
export function windowOver(world: World, node: Node, tenure: Tenure, c: number): boolean {
  const { state } = tenure
  if (state === undefined || !isWhole(world)) return false
  const waiting = [...state.bySession.keys()].filter((session) => !state.attached.has(session))
  const session = pick(waiting, c)
  if (session === undefined) return false
  world.windows++
  note(world, () => `node ${node.id}: the window of ${session} is over in slot ${tenure.slot}`)
  return endWindow(world, node, tenure, session)
}

export const isWhole = (world: World): boolean =>
  world.registry.up && world.nodes.every((node) => !runs(node) || node.registered)

export function endWindow(world: World, node: Node, tenure: Tenure, session: string): boolean {
  const { state } = tenure
  if (state === undefined) return false
  const found = world.rules.onFound(state, session, world.registry.entries.get(session))
  perform(world, node, tenure, found)
  const actions = world.rules.onWindowOver(state, session)
  perform(world, node, tenure, actions)
  return found.length + actions.length > 0
}
