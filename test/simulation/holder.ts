// A node as the holder of slots: takes them, reads them, does what the rules say, and commits.
import type { Action } from '../../gateway/moving/actions.ts'
import type { Entry } from '../../gateway/moving/slot-state.ts'
import { checkCommit } from './check.ts'
import { maxHops, note, toArrival } from './create-world.ts'
import { hashAt, isControl, logOf, skipHoles } from './logs.ts'
import { produce } from './produce.ts'
import type { DeliveryBody, Node, Tenure, World } from './world.ts'

/** The group gives the slot to this node; whoever had it is a zombie from now on. */
export function take(world: World, node: Node, slot: number): void {
  const tenure: Tenure = { slot, epoch: ++world.epoch, held: [], state: undefined, dropped: false }
  world.owners[slot] = { node, epoch: tenure.epoch }
  node.tenures.push(tenure)
  node.primary ??= tenure
  note(world, () => `node ${node.id} takes slot ${slot} with epoch ${tenure.epoch}`)
  const onAck = (canary: number): void => {
    const log = logOf(world, slot)
    const committed = world.committed[slot] ?? 0
    if (world.rules.isTooLate(committed, canary)) return drop(world, node, tenure)
    const next = Math.max(committed, log.start)
    tenure.state = world.rules.createSlotState(slot, tenure.epoch, next, canary, maxHops)
    const { state } = tenure
    if (committed < next) {
      state.gone = committed
      lostRange(node, slot, committed, next, () => {
        state.gone = undefined
      })
    }
    for (const { offset, body } of log.records.slice(next, canary))
      if (isControl(body)) world.rules.foresee(tenure.state, offset, body)
    if (world.rules.isFenced(state)) drop(world, node, tenure)
  }
  produce(node, { slot, body: { kind: 'canary', epoch: tenure.epoch }, onAck })
}

function lostRange(node: Node, slot: number, from: number, to: number, onAck: () => void): void {
  produce(node, { slot: -1, body: { kind: 'lost-range', slot, from, to }, onAck })
}

/** Reads the next record of a slot. */
export function readNext(world: World, node: Node, tenure: Tenure): boolean {
  const { state, slot } = tenure
  if (state === undefined || tenure.dropped) return false
  const log = logOf(world, slot)
  if (state.next < log.start) {
    perform(world, node, tenure, world.rules.onGone(state, log.start))
    return true
  }
  const at = skipHoles(log, state.next)
  const record = log.records[at]
  if (at > state.next && (record === undefined || at % 2 === 0)) {
    world.rules.onSkipped(state, at)
    return true
  }
  if (record === undefined) return false
  const { offset, body } = record
  note(world, () => `node ${node.id} reads ${slot}/${offset} ${JSON.stringify(body)}`)
  if (body.kind === 'delivery')
    perform(world, node, tenure, world.rules.onDelivery(state, toArrival(slot, offset, body)))
  else if (isControl(body)) perform(world, node, tenure, world.rules.onControl(state, offset, body))
  else tenure.held.push(world.rules.holdPlace(state, offset))
  return true
}

export function perform(world: World, node: Node, tenure: Tenure, actions: readonly Action[]): void {
  for (const action of actions) {
    note(
      world,
      () =>
        `  ${action.kind} ${'entry' in action ? `${tenure.slot}/${action.entry.offset}` : JSON.stringify(action)}`,
    )
    if (action.kind === 'write') writeEntry(world, node, tenure, action.entry)
    else if (action.kind === 'forward') forward(world, node, tenure, action)
    else if (action.kind === 'report') {
      const body = {
        kind: 'report',
        id: bodyOf(world, tenure.slot, action.entry).id,
        reason: action.reason,
      } as const
      produce(node, { slot: -1, body, onAck: left(world, tenure, action.entry) })
    } else if (action.kind === 'close') {
      const socket = node.sockets.find(
        (each) => each.session === action.session && each.generation === action.generation && !each.closed,
      )
      if (socket) world.close(socket, 'taken over')
    } else if (action.kind === 'resolve') node.questions.push({ tenure, session: action.session })
    else if (action.kind === 'lost-range')
      lostRange(node, tenure.slot, action.from, action.to, () => undefined)
    else if (action.kind === 'lost') drop(world, node, tenure)
    else if (action.kind === 'append')
      produce(node, { slot: tenure.slot, body: action.record, onAck: () => undefined })
    else {
      const socket = node.sockets.find((each) => each.session === action.session && !each.closed)
      if (socket) socket.following = socket.following.filter(({ slot }) => slot !== action.slot)
    }
  }
}

const left = (world: World, tenure: Tenure, entry: Entry) => () => {
  if (tenure.state !== undefined) world.rules.onLeft(tenure.state, entry)
}

function bodyOf(world: World, slot: number, entry: Entry): DeliveryBody {
  return logOf(world, slot).records[entry.offset]?.body as DeliveryBody
}

function forward(world: World, node: Node, tenure: Tenure, action: Action & { kind: 'forward' }): void {
  const { entry, to, generation } = action
  const { id, session } = bodyOf(world, tenure.slot, entry)
  world.counts.forwards++
  const body = {
    kind: 'delivery',
    id,
    session,
    origin: entry.origin,
    hops: entry.hops + 1,
    generation,
  } as const
  produce(node, { slot: to, body, onAck: left(world, tenure, entry) })
}

function writeEntry(world: World, node: Node, tenure: Tenure, entry: Entry): void {
  const socket = node.sockets.find((each) => each.session === entry.session && !each.closed && !each.resume)
  const { state, slot } = tenure
  if (state === undefined || socket === undefined) return
  const log = logOf(world, slot)
  const record = log.records[entry.offset]
  if (record === undefined) return
  const { id, session } = bodyOf(world, slot, entry)
  const since = socket.position?.slot === slot ? socket.position.since : entry.offset
  socket.position = { slot, since, next: entry.offset + 1, hash: hashAt(log, entry.offset + 1) }
  socket.down.push({ kind: 'message', session, id, at: record, slot, position: socket.position })
  const flush = (): void => {
    const fate = world.fates[id]
    if (fate !== undefined) fate.wrote = true
    world.rules.onWritten(state, entry.offset)
  }
  if (world.later) socket.flushes.push(flush)
  else flush()
}

/** A record for everyone, or one that nobody can read, was seen to. */
export function seeTo(world: World, tenure: Tenure, index: number): boolean {
  const [entry] = tenure.held.splice(index % Math.max(1, tenure.held.length), 1)
  const body = entry && logOf(world, tenure.slot).records[entry.offset]?.body
  if (tenure.state === undefined || entry === undefined || body?.kind !== 'other') return false
  world.others[body.id] = true
  world.rules.onLeft(tenure.state, entry)
  return true
}

/** Only whom the group gave the slot can commit. */
export function commit(world: World, node: Node, tenure: Tenure): boolean {
  const { state, slot, epoch } = tenure
  if (state === undefined || world.owners[slot]?.epoch !== epoch || world.owners[slot]?.node !== node)
    return false
  const before = world.committed[slot] ?? 0
  const offset = world.rules.watermark(state)
  if (offset <= before) return false
  checkCommit(world, slot, before, offset)
  world.committed[slot] = offset
  return true
}

/** The node finds out which of its slots are no longer its own. */
export function check(world: World, node: Node): void {
  for (const tenure of node.tenures) {
    if (tenure.dropped || world.owners[tenure.slot]?.epoch === tenure.epoch) continue
    drop(world, node, tenure)
  }
}

function drop(world: World, node: Node, tenure: Tenure): void {
  tenure.dropped = true
  note(world, () => `node ${node.id} has lost slot ${tenure.slot}`)
  if (node.primary !== tenure) return
  node.primary = undefined
  for (const socket of node.sockets) if (!socket.closed) world.close(socket, 'slot lost')
  node.primary = node.tenures.find(({ dropped }) => !dropped)
}
