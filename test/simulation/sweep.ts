// A node that brings a resumed session what it missed, reads on where it came from, and hears what it confirms.
import type { Leg } from '../../gateway/moving/resume.ts'
import { note, toArrival } from './create-world.ts'
import { perform } from './holder.ts'
import { hashAt, isControl, logOf, skipHoles, viewOf } from './logs.ts'
import { produce } from './produce.ts'
import type { Frame, Socket, Tenure, World } from './world.ts'

/** Writes what was missed, then what has waited meanwhile. */
export function sweep(world: World, socket: Socket): boolean {
  const { resume, node } = socket
  const tenure = node.primary
  if (socket.closed || !socket.sweeping || resume === undefined || tenure?.state === undefined) return false
  const seen = new Set<string>()
  for (const leg of resume.legs) {
    const log = logOf(world, leg.slot)
    if (world.rules.hasLost(leg, viewOf(log))) {
      world.close(socket, 'gap')
      return true
    }
    const arrivals = log.records
      .slice(Math.max(leg.from, log.start), leg.marker)
      .flatMap(({ offset, body }) =>
        body.kind === 'delivery' && body.session === resume.session
          ? [toArrival(leg.slot, offset, body)]
          : [],
      )
    for (const { offset } of world.rules.toSweep(resume, leg, arrivals, seen)) {
      socket.position =
        world.rules.positionIn(resume, leg, offset, hashAt(log, offset + 1)) ?? socket.position
      writeCopy(world, socket, leg.slot, offset)
    }
  }
  const own = resume.legs.find(({ slot }) => slot === tenure.slot)
  const next = (own?.marker ?? 0) + 1
  socket.position = {
    slot: tenure.slot,
    since: own?.had ?? next,
    next,
    hash: hashAt(logOf(world, tenure.slot), next),
  }
  socket.resume = undefined
  socket.sweeping = false
  const others = resume.legs.filter(({ slot }) => slot !== tenure.slot)
  if (world.rules.follows) socket.following = others.map(({ slot, marker }) => ({ slot, next: marker ?? 0 }))
  perform(world, node, tenure, world.rules.onSwept(tenure.state, resume.session))
  socket.settledSaid = false
  legsOf.set(socket, { next, legs: others })
  if (!socket.client.confirms) saySettled(world, socket)
  return true
}

const legsOf = new WeakMap<Socket, { next: number; legs: readonly Leg[] }>()

function saySettled(world: World, socket: Socket): void {
  if (!world.rules.settles || socket.settledSaid || socket.session === undefined) return
  socket.settledSaid = true
  for (const { slot, from, marker } of legsOf.get(socket)?.legs ?? [])
    produce(socket.node, {
      slot,
      body: { kind: 'settled', session: socket.session, from, to: marker ?? from },
      onAck: () => undefined,
    })
}

function writeCopy(world: World, socket: Socket, slot: number, offset: number): void {
  const record = logOf(world, slot).records[offset]
  if (record?.body.kind !== 'delivery' || socket.session === undefined || socket.position === undefined)
    return
  const { id } = record.body
  socket.down.push({
    kind: 'message',
    session: record.body.session,
    id,
    at: record,
    slot,
    position: socket.position,
  })
  const fate = world.fates[id]
  if (fate !== undefined) fate.wrote = true
}

/** Reads one record of a log that the session came from. */
export function follow(world: World, socket: Socket, index: number): boolean {
  const { node, session } = socket
  const attached = session === undefined ? undefined : node.primary?.state?.attached.get(session)
  const following = socket.following[index % Math.max(1, socket.following.length)]
  if (socket.closed || following === undefined || attached === undefined) return false
  const log = logOf(world, following.slot)
  const record = following.next < log.start ? undefined : log.records[skipHoles(log, following.next)]
  if (record === undefined) return false
  const { body, offset } = record
  if (body.kind === 'delivery' && body.session === session) {
    if (!world.rules.onFollowed(attached, following, toArrival(following.slot, offset, body))) return true
    note(world, () => `node ${node.id} copies ${following.slot}/${offset} early`)
    world.counts.early++
    writeCopy(world, socket, following.slot, offset)
    return true
  }
  const about = body.kind === 'canary' || (isControl(body) && body.session === session)
  const answer =
    isControl(body) && about ? world.rules.onFollowedControl(attached, following, offset, body) : 'on'
  if (!about)
    world.rules.onFollowedControl(attached, following, offset, {
      kind: 'settled',
      session: '',
      from: 0,
      to: 0,
    })
  if (answer === 'stop') socket.following = socket.following.filter((each) => each !== following)
  if (answer === 'superseded') world.close(socket, 'taken over')
  return true
}

/** The client has what came before the position. */
export function confirmed(
  world: World,
  socket: Socket,
  tenure: Tenure,
  { position }: Frame & { kind: 'confirm' },
): void {
  if (tenure.state === undefined || socket.session === undefined || position.slot !== tenure.slot) return
  // A position from before the sweep, of an earlier stay on this slot, says nothing of what was written since.
  if (socket.sweeping) return
  world.rules.onConfirm(tenure.state, socket.session, socket.generation, position.next)
  if (position.next >= (legsOf.get(socket)?.next ?? Number.POSITIVE_INFINITY)) saySettled(world, socket)
}
