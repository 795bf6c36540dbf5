// Everything that can happen in the modelled world, each with small numbers as arguments so that a history can be replayed and shortened.
import { appendTo, append } from './produce.ts'
import { check, commit, perform, readNext, take } from './holder.ts'
import { confirm, connect, hear } from './clients.ts'
import { bind, closeSocket, follow, receive, sweep } from './sockets.ts'
import { createNode, hashAt, logOf, type Node, note, type Socket, type Tenure, type World } from './world.ts'

/** Name and arguments; numbers are taken modulo what there is. */
export type Operation = readonly [name: string, a: number, b: number, c: number]

const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)]
const runs = (node: Node | undefined): node is Node => node?.alive === true && !node.frozen
const ready = (node: Node): Tenure[] =>
  node.tenures.filter(({ dropped, state }) => !dropped && state !== undefined)
const opened = (node: Node): Socket[] => node.sockets.filter(({ closed }) => !closed)

type Apply = (world: World, a: number, b: number, c: number) => boolean

const onNode =
  (act: (world: World, node: Node, b: number, c: number) => boolean): Apply =>
  (world, a, b, c) => {
    const node = pick(world.nodes, a)
    return runs(node) && act(world, node, b, c)
  }
const onSocket = (act: (world: World, socket: Socket, c: number) => boolean): Apply =>
  onNode((world, node, b, c) => {
    const socket = pick(opened(node), b)
    return socket !== undefined && act(world, socket, c)
  })
const onTenure = (act: (world: World, node: Node, tenure: Tenure, c: number) => boolean): Apply =>
  onNode((world, node, b, c) => {
    const tenure = pick(ready(node), b)
    return tenure !== undefined && act(world, node, tenure, c)
  })

export const operations: Readonly<Record<string, { readonly weight: number; readonly apply: Apply }>> = {
  read: { weight: 30, apply: onTenure(readNext) },
  append: {
    weight: 30,
    apply: (world, a, _b, c) => {
      const node = pick(world.nodes, a)
      return node?.alive === true && append(world, node, c % 12 === 0)
    },
  },
  ack: {
    weight: 30,
    apply: onNode((_world, node) => {
      const ack = node.acks.shift()
      ack?.()
      return ack !== undefined
    }),
  },
  receive: { weight: 20, apply: onSocket(receive) },
  sweep: { weight: 12, apply: onSocket(sweep) },
  follow: { weight: 8, apply: onSocket(follow) },
  hear: {
    weight: 30,
    apply: (world, a) => {
      const client = pick(world.clients, a)
      return client !== undefined && hear(world, client)
    },
  },
  confirm: {
    weight: 8,
    apply: (world, a) => {
      const client = pick(world.clients, a)
      return client !== undefined && confirm(client)
    },
  },
  connect: {
    weight: 3,
    apply: (world, a, b, c) => {
      const [client, node] = [pick(world.clients, a), pick(world.nodes, b)]
      if (client === undefined || node === undefined) return false
      if (client.welcomed && c % 3 > 0) return false
      return connect(world, client, node, c % 7 === 0 ? 1 : 0)
    },
  },
  heartbeat: {
    weight: 5,
    apply: onSocket((world, socket) => heartbeat(world, socket)),
  },
  notice: {
    weight: 3,
    apply: onSocket((world, socket) => {
      if (!socket.left) return false
      closeSocket(world, socket, 'socket lost')
      return true
    }),
  },
  reply: {
    weight: 8,
    apply: (world, a, b) => {
      const session = pick([...world.sessions.keys()], a)
      const facts = session === undefined ? undefined : world.sessions.get(session)
      const slot = facts && pick([...facts.slots], b)
      if (session === undefined || slot === undefined) return false
      deliver(world, session, slot, -1)
      return true
    },
  },
  dispatch: {
    weight: 6,
    apply: (world, a, _b, c) => {
      const session = pick([...world.sessions.keys()], a)
      if (session === undefined || !world.registry.up) return false
      const now = world.registry.entries.get(session)
      const place = c % 4 === 0 ? pick(world.registry.past.get(session) ?? [], c >> 2) : now
      if (place === undefined) return false
      deliver(world, session, place.slot, place.generation)
      return true
    },
  },
  answer: {
    weight: 10,
    apply: onNode((world, node, _b, c) => {
      if (!world.registry.up) return false
      const question = node.questions.shift()
      if (question === undefined) return false
      const { tenure, session } = question
      if (tenure.state === undefined || tenure.dropped) return true
      const now = world.registry.entries.get(session)
      const place = c % 4 === 0 ? pick(world.registry.past.get(session) ?? [], c >> 2) : now
      perform(world, node, tenure, world.rules.onFound(tenure.state, session, place))
      return true
    }),
  },
  rebuild: { weight: 4, apply: onNode(rebuild) },
  commit: { weight: 8, apply: onTenure(commit) },
  take: {
    weight: 3,
    apply: onNode((world, node, b) =>
      takeFree(world, node, b % world.logs.length, node.primary === undefined),
    ),
  },
  check: {
    weight: 3,
    apply: onNode((world, node) => {
      if (node.tenures.every(({ dropped, slot, epoch }) => dropped || world.owners[slot]?.epoch === epoch))
        return false
      check(world, node)
      return true
    }),
  },
  crash: { weight: 0.5, apply: (world, a) => crash(world, a) },
  start: {
    weight: 2,
    apply: (world, a) => {
      const node = pick(world.nodes, a)
      if (node === undefined || node.alive) return false
      world.nodes[node.id] = createNode(node.id)
      return true
    },
  },
  freeze: {
    weight: 0.4,
    apply: onNode((world, node) => {
      node.frozen = true
      note(world, () => `node ${node.id} freezes`)
      return true
    }),
  },
  thaw: {
    weight: 1,
    apply: (world, a) => {
      const node = pick(world.nodes, a)
      if (!node?.frozen) return false
      node.frozen = false
      return true
    },
  },
  steal: {
    weight: 0.15,
    apply: onNode((world, node, b) => {
      const slot = b % world.logs.length
      if (world.owners[slot]?.node === node) return false
      take(world, node, slot)
      return true
    }),
  },
  wipe: {
    weight: 0.15,
    apply: (world) => {
      world.registry.entries.clear()
      world.wiped = true
      for (const node of world.nodes) node.registered = false
      return true
    },
  },
  away: {
    weight: 0.3,
    apply: (world) => {
      world.registry.up = !world.registry.up
      return true
    },
  },
  truncate: {
    weight: 0.06,
    apply: (world, a, b) => {
      const log = logOf(world, a % world.logs.length)
      if (log.records.length === 0) return false
      truncate(world, a % world.logs.length, log.start + (b % (log.records.length - log.start + 1)))
      return true
    },
  },
  window: { weight: 0.3, apply: onTenure(windowOver) },
}

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

function deliver(world: World, session: string, slot: number, generation: number): void {
  const id = world.fates.length
  const dispatched = generation >= 0
  const origin = dispatched ? { slot: undefined, offset: id } : undefined
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

function crash(world: World, a: number): boolean {
  const node = pick(world.nodes, a)
  if (!node?.alive) return false
  note(world, () => `node ${node.id} dies`)
  node.alive = false
  for (const tenure of node.tenures) tenure.dropped = true
  for (const socket of node.sockets) socket.closed = true
  return true
}

function truncate(world: World, slot: number, start: number): void {
  note(world, () => `log ${slot} is truncated to ${start}`)
  logOf(world, slot).start = start
  world.truncated = true
}

/** The resume window of a session that waits here is over. The registry has to answer, and to be whole. */
function windowOver(world: World, node: Node, tenure: Tenure, c: number): boolean {
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

export function apply(world: World, [name, a, b, c]: Operation): boolean {
  return operations[name]?.apply(world, a, b, c) ?? false
}
