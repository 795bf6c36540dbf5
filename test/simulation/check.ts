// What must hold in every history, looked at as things happen and again when all is quiet.
import { violate } from './create-world.ts'
import { endOf, logOf } from './logs.ts'
import type { Fate, Frame, Socket, World } from './world.ts'

/** A client has got a delivery. */
export function checkArrival(world: World, socket: Socket, frame: Frame & { kind: 'message' }): void {
  const { client } = socket
  const fate = world.fates[frame.id]
  if (fate === undefined) return
  if (fate.session !== client.session)
    violate(world, `client ${client.id} of ${client.session} got delivery ${frame.id} for ${fate.session}`)
  if (fate.reports.some((reason) => reason !== 'unconfirmed'))
    violate(world, `delivery ${frame.id} was reported ${fate.reports.join()} and arrives`)
  const place = `${frame.slot}/${frame.at.offset}`
  if (socket.brought.has(place)) violate(world, `one connection brings ${place} twice`)
  socket.brought.add(place)
  if (fate.arrived++ > 0) world.counts.repeats++
  else checkOrder(world, socket, fate, frame)
}

/**
 * First arrivals come in the order of the log they stand in; where the session was on that slot more than once, late
 * records of the first stay may follow those of the next, and the order is that of one connection.
 */
function checkOrder(
  world: World,
  socket: Socket,
  fate: Fate,
  { at, slot, id }: Frame & { kind: 'message' },
): void {
  const facts = world.sessions.get(fate.session)
  if (facts === undefined || at.body.kind !== 'delivery') return
  const again = (facts.stays.get(slot) ?? 0) > 1
  const key = again ? `${slot} of ${socket.id}` : `${slot}`
  const before = facts.last.get(key) ?? -1
  if (at.offset < before)
    violate(world, `delivery ${id} at ${slot}/${at.offset} came after ${slot}/${before}`)
  facts.last.set(key, at.offset)
}

/** Nothing is committed before the client has it, or another log, or a report says what became of it. */
export function checkCommit(world: World, slot: number, from: number, to: number): void {
  const log = logOf(world, slot)
  for (const { offset, seq, body } of log.records.slice(from, to)) {
    if (body.kind === 'other' && !world.others[body.id] && offset >= log.start)
      violate(world, `slot ${slot} commits ${to} past ${offset}, which was not seen to`)
    if (body.kind !== 'delivery') continue
    const fate = world.fates[body.id]
    const client = world.sessions.get(body.session)?.client
    if (fate === undefined || client === undefined) continue
    const has = fate.arrived > 0 || (!client.confirms && fate.wrote)
    if (has || fate.reports.length > 0 || fate.lost || offset < log.start || isCopied(world, body.id, seq))
      continue
    violate(
      world,
      `slot ${slot} commits ${to} past ${offset}: delivery ${body.id} for ${body.session} is not settled`,
    )
  }
}

const isCopied = (world: World, id: number, seq: number): boolean =>
  world.logs.some(({ records }) =>
    records.some((record) => record.seq > seq && record.body.kind === 'delivery' && record.body.id === id),
  )

/** What is known of a session that is not in use can be forgotten. */
function checkMemory(world: World): void {
  for (const { tenures } of world.nodes)
    for (const { state, slot, dropped } of tenures) {
      if (state === undefined || dropped) continue
      for (const session of [...state.places.keys(), ...state.taken.keys(), ...state.ended.keys()]) {
        const inUse =
          state.attached.has(session) || state.bySession.has(session) || state.opening.has(session)
        if (!inUse && !state.remembered.has(session))
          violate(world, `slot ${slot} can never forget ${session}`)
      }
      if (state.settled.size > 0) violate(world, `slot ${slot} keeps what is settled`)
    }
}

/** When faults have stopped and nothing moves any more. */
export function checkEnd(world: World): void {
  checkMemory(world)
  for (const fate of world.fates) {
    const facts = world.sessions.get(fate.session)
    if (facts === undefined || fate.arrived > 0) continue
    if (fate.reports.length > 0 || fate.lost || fate.seq <= facts.excusedBefore) continue
    const { client } = facts
    if (!client.confirms && fate.wrote && (client.gone || facts.over || client.session !== fate.session))
      continue
    violate(world, `delivery ${fate.id} for ${fate.session} is silently lost`)
  }
  for (const [slot, log] of world.logs.entries())
    if ((world.committed[slot] ?? 0) < endOf(log))
      violate(world, `slot ${slot} stays at ${world.committed[slot]} of ${endOf(log)}`)
  for (const fate of world.fates)
    if (fate.reports.includes('too-many-hops') && fate.arrived > 0)
      violate(world, `delivery ${fate.id} was hopping and arrived`)
  const harmless = world.windows === 0 && !world.truncated && !world.wiped && !world.capped
  for (const fate of world.fates) {
    const facts = world.sessions.get(fate.session)
    const needless =
      harmless &&
      fate.reports.length > 0 &&
      facts !== undefined &&
      !facts.client.gone &&
      facts.client.session === fate.session
    if (needless) violate(world, `delivery ${fate.id} is reported ${fate.reports.join()} without need`)
  }
}
