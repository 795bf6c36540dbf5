// A node as the server of sockets: hello, resume, sweep, follow, confirm, and the end of a socket.
import type { Place } from '../../gateway/moving/control.ts'
import type { Leg, Resume } from '../../gateway/moving/resume.ts'
import { note } from './create-world.ts'
import { perform } from './holder.ts'
import { hashAt, isControl, logOf, viewOf } from './logs.ts'
import { produce } from './produce.ts'
import { confirmed } from './sweep.ts'
import type { Frame, Socket, Tenure, World } from './world.ts'

/** `over`: nobody can come back to its session. */
export function closeSocket(world: World, socket: Socket, why: string, over = socket.client.raw): void {
  socket.closed = true
  endOpening(world, socket)
  socket.following = []
  socket.resume = socket.sweeping ? socket.resume : undefined
  socket.down.push({ kind: 'close', why })
  const state = socket.node.primary?.state
  if (socket.session === undefined || state === undefined || socket.node.primary === undefined) return
  const { session, generation } = socket
  const rule = over ? world.rules.endNow : world.rules.onDetach
  perform(world, socket.node, socket.node.primary, rule(state, session, generation))
  const { registry } = world
  if (over && registry.up && registry.entries.get(session)?.generation === generation)
    registry.entries.delete(session)
}

export function receive(world: World, socket: Socket): boolean {
  const frame = socket.closed ? undefined : socket.up.shift()
  if (frame === undefined) return false
  const tenure = socket.node.primary
  if (tenure?.state === undefined) {
    closeSocket(world, socket, 'no slot')
    return true
  }
  if (frame.kind === 'hello') onHello(world, socket, tenure, frame)
  else if (frame.kind === 'confirm') confirmed(world, socket, tenure, frame)
  else if (frame.kind === 'bye') closeSocket(world, socket, 'bye', true)
  return true
}

function onHello(world: World, socket: Socket, tenure: Tenure, hello: Frame & { kind: 'hello' }): void {
  const { state } = tenure
  if (state === undefined) return
  if (hello.resume === undefined || hello.position === undefined) return begin(world, socket, tenure)
  const { session } = hello.resume
  const log = logOf(world, hello.position.slot)
  const stays = world.sessions.get(session)?.stays
  stays?.set(tenure.slot, (stays.get(tenure.slot) ?? 0) + 1)
  const own = {
    slot: tenure.slot,
    epoch: tenure.epoch,
    next: state.next,
    hash: hashAt(logOf(world, tenure.slot), state.next),
    maxLegs: world.maxLegs,
  }
  note(
    world,
    () =>
      `node ${socket.node.id} resumes ${session} with attempt ${hello.attempt} from ${JSON.stringify(hello.position)}`,
  )
  socket.resume = world.rules.beginResume(session, hello.attempt, hello.position, own, viewOf(log))
  if (socket.resume.refused !== undefined) return welcome(world, socket, tenure, socket.resume)
  socket.opening = { state, session }
  world.rules.onOpening(state, session)
  ask(world, socket, tenure, new Map())
}

function endOpening(world: World, socket: Socket): void {
  const { opening } = socket
  socket.opening = undefined
  if (opening) world.rules.onOpened(opening.state, opening.session)
}

/** A new session. */
function begin(world: World, socket: Socket, tenure: Tenure): void {
  const session = `s${world.sessions.size}`
  const { state, slot } = tenure
  if (state === undefined) return
  world.sessions.set(session, {
    client: socket.client,
    slots: new Set([slot]),
    excusedBefore: 0,
    over: false,
    last: new Map(),
    stays: new Map([[slot, 1]]),
  })
  const { confirms } = socket.client
  world.rules.onAttach(state, { session, generation: 0, confirms, covered: [] })
  world.rules.onSwept(state, session)
  socket.session = session
  socket.generation = 0
  socket.position = {
    slot,
    since: state.next,
    next: state.next,
    hash: hashAt(logOf(world, slot), state.next),
  }
  bind(world, socket, { slot, generation: 0 })
  const token = { session, slot, attempt: 0 }
  socket.down.push({
    kind: 'welcome',
    session,
    resumed: false,
    recovered: false,
    token,
    position: socket.position,
  })
}

/** Appends the takeover of every leg that has none, reads the legs, and goes on when all are read. */
function ask(world: World, socket: Socket, tenure: Tenure, markers: Map<number, number>): void {
  const { resume } = socket
  if (resume === undefined) return
  // A node may as well give up before it has asked everywhere.
  if (world.later && resume.refused !== undefined) return welcome(world, socket, tenure, resume)
  for (const leg of resume.legs) {
    if (leg.marker !== undefined) continue
    const marker = markers.get(leg.slot)
    if (marker === -1) continue
    if (marker !== undefined) {
      scan(world, resume, leg, marker)
      return ask(world, socket, tenure, markers)
    }
    markers.set(leg.slot, -1)
    const onAck = (offset: number): void => {
      markers.set(leg.slot, offset)
      if (socket.closed || tenure.dropped || socket.resume !== resume) return
      scan(world, resume, leg, offset)
      ask(world, socket, tenure, markers)
    }
    produce(socket.node, { slot: leg.slot, body: world.rules.takeoverFor(resume, leg), onAck })
  }
  if (resume.legs.every(({ marker }) => marker !== undefined)) welcome(world, socket, tenure, resume)
}

function scan(world: World, resume: Resume, leg: Leg, marker: number): void {
  const log = logOf(world, leg.slot)
  const controls = log.records
    .slice(Math.max(log.start, leg.from), marker)
    .flatMap(({ offset, body }) =>
      isControl(body) && (body.kind === 'canary' || body.session === resume.session)
        ? [{ offset, record: body }]
        : [],
    )
  world.rules.onScanned(resume, leg, marker, viewOf(log), controls)
}

function welcome(world: World, socket: Socket, tenure: Tenure, resume: Resume): void {
  const { session, generation, position } = resume
  const { state, slot } = tenure
  if (state === undefined || socket.sweeping) return
  const { confirms } = socket.client
  endOpening(world, socket)
  note(world, () => `node ${socket.node.id} read ${session}: ${JSON.stringify(resume)}`)
  if (resume.refused === 'ended' || resume.refused === 'lost') {
    if (resume.refused === 'lost' && resume.legs.length >= resume.maxLegs) world.capped = true
    socket.resume = undefined
    return begin(world, socket, tenure)
  }
  const coming = { session, generation, confirms, covered: world.rules.coveredBy(resume) }
  const actions = resume.refused === undefined ? world.rules.onAttach(state, coming) : undefined
  if (actions === undefined) return closeSocket(world, socket, 'superseded')
  perform(world, socket.node, tenure, actions)
  socket.session = session
  socket.generation = generation
  socket.position = position
  socket.sweeping = true
  world.sessions.get(session)?.slots.add(slot)
  world.counts.resumes++
  bind(world, socket, { slot, generation })
  const token = { session, slot, attempt: generation }
  socket.down.push({ kind: 'welcome', session, resumed: true, recovered: true, token, position })
}

export function bind(world: World, socket: Socket, place: Place): void {
  const { registry } = world
  const { session } = socket
  if (session === undefined) return
  if (!registry.up) {
    socket.node.registered = false
    return
  }
  const before = registry.entries.get(session)
  if (before !== undefined && before.generation > place.generation) return
  registry.entries.set(session, place)
  registry.past.set(session, [...(registry.past.get(session) ?? []), place])
}
