// A client as the protocol asks it to be: one socket it believes in, a token, a position, and a growing attempt.
import { checkArrival } from './check.ts'
import { note, violate } from './create-world.ts'
import type { Client, Frame, Node, Socket, World } from './world.ts'

/** Gives up its socket, whether the server notices or not, and says hello to a node. */
export function connect(world: World, client: Client, node: Node, tokenBack: number): boolean {
  if (!node.alive || client.gone) return false
  if (client.socket) client.socket.left = true
  if (client.raw) leave(client)
  client.attempt++
  const token = client.tokens[Math.max(0, client.tokens.length - 1 - tokenBack)]
  const socket: Socket = {
    id: world.sockets++,
    client,
    node,
    up: [],
    down: [],
    left: false,
    closed: false,
    session: undefined,
    generation: -1,
    position: undefined,
    resume: undefined,
    opening: undefined,
    sweeping: false,
    following: [],
    flushes: [],
    settledSaid: false,
    brought: new Set(),
  }
  socket.up.push({ kind: 'hello', attempt: client.attempt, resume: token, position: client.position })
  node.sockets.push(socket)
  client.socket = socket
  client.welcomed = false
  note(world, () => `client ${client.id} connects to node ${node.id}, attempt ${client.attempt}`)
  return true
}

/** Has no session any more. */
function leave(client: Client): void {
  client.session = undefined
  client.tokens = []
  client.position = undefined
  client.attempt = 0
}

/** Ends its session on purpose; the node may hear of it, or only of a socket that is lost. */
export function sayBye(client: Client): boolean {
  const { socket } = client
  if (!client.welcomed || client.raw || socket === undefined) return false
  socket.up.push({ kind: 'bye' })
  socket.left = true
  client.socket = undefined
  client.welcomed = false
  leave(client)
  return true
}

export function hear(world: World, client: Client): boolean {
  const socket = client.socket
  const frame = socket?.down.shift()
  if (socket === undefined || frame === undefined) return false
  note(
    world,
    () =>
      `client ${client.id} hears ${frame.kind === 'message' ? `delivery ${frame.id} ${JSON.stringify(frame.position)}` : JSON.stringify(frame)}`,
  )
  switch (frame.kind) {
    case 'welcome':
      onWelcome(world, client, frame)
      break
    case 'message':
      checkArrival(world, socket, frame)
      client.position = frame.position
      break
    case 'heartbeat':
      client.position = frame.position
      break
    case 'close':
      if (frame.why === 'superseded' || frame.why === 'taken over') world.counts.superseded++
      client.socket = undefined
      client.welcomed = false
      break
    case 'hello':
    case 'confirm':
    case 'bye':
  }
  return true
}

function onWelcome(world: World, client: Client, frame: Frame & { kind: 'welcome' }): void {
  const before = client.session === undefined ? undefined : world.sessions.get(client.session)
  if (before !== undefined && (!frame.resumed || !frame.recovered)) {
    world.counts.gaps++
    before.excusedBefore = frame.resumed ? world.seq : Number.POSITIVE_INFINITY
    if (!world.truncated && world.windows === 0 && !world.capped)
      violate(world, `client ${client.id} is told of a gap where there is none`)
  }
  if (frame.resumed && frame.session !== client.session)
    violate(world, `client ${client.id} was given ${frame.session}`)
  if (!frame.resumed) {
    client.attempt = 0
    client.tokens = []
  }
  client.session = frame.session
  client.tokens = [...client.tokens, frame.token].slice(-4)
  client.position = frame.position
  client.welcomed = true
}

export function confirm(client: Client): boolean {
  const { socket, position } = client
  if (!client.confirms || !client.welcomed || socket === undefined || position === undefined || socket.closed)
    return false
  socket.up.push({ kind: 'confirm', position })
  return true
}
