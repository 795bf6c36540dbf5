// The end of a history: faults stop, everyone comes back or is gone for good, and everything that can still happen does.
import { confirm, connect, hear } from './clients.ts'
import { createNode, violate } from './create-world.ts'
import { endWindow, heartbeat, rebuild, takeFree } from './events.ts'
import { check, commit, readNext, seeTo } from './holder.ts'
import { forgetAll } from './later-operations.ts'
import { apply } from './operations.ts'
import { append } from './produce.ts'
import { closeSocket, receive } from './sockets.ts'
import { follow, sweep } from './sweep.ts'
import type { Node, World } from './world.ts'

const mostRounds = 400

/** False when it does not come to rest. */
export function quiesce(world: World, leaving: (client: number) => boolean): boolean {
  world.registry.up = true
  for (const [id, node] of world.nodes.entries()) {
    node.frozen = false
    if (!node.alive) world.nodes[id] = createNode(id)
  }
  for (const node of world.nodes) check(world, node)
  for (const client of world.clients) client.gone = leaving(client.id)
  for (const client of world.clients) if (client.gone && client.socket) client.socket.left = true
  for (let round = 0; round < mostRounds; round++) {
    if (step(world)) continue
    // Nothing moves: only now do the windows of those who stay away end.
    if (!endWindows(world)) return true
  }
  violate(world, 'it does not come to rest')
  return false
}

function step(world: World): boolean {
  let moved = false
  for (const node of world.nodes) {
    if (node.primary === undefined) {
      const free = world.logs.findIndex((_, slot) => takeFree(world, node, slot, true))
      if (free >= 0) moved = true
    }
  }
  for (const slot of world.logs.keys()) {
    const node = world.nodes[slot % world.nodes.length]
    if (node && takeFree(world, node, slot, true)) moved = true
  }
  for (const node of world.nodes) {
    moved = stepNode(world, node) || moved
    if (world.forgetful) forgetAll(world)
  }
  for (const client of world.clients) {
    while (hear(world, client)) moved = true
    const { socket } = client
    if (client.gone || (socket !== undefined && !socket.closed && !socket.left && socket.node.alive)) continue
    const able = world.nodes.filter(({ primary }) => primary?.state !== undefined)
    const node = able[(client.id + client.attempt) % Math.max(1, able.length)]
    if (node !== undefined) moved = connect(world, client, node, 0) || moved
  }
  return moved
}

function stepNode(world: World, node: Node): boolean {
  let moved = rebuild(world, node)
  while (append(world, node, false)) moved = true
  for (let ack = node.acks.shift(); ack !== undefined; ack = node.acks.shift()) {
    ack()
    moved = true
  }
  for (const socket of node.sockets) {
    if (socket.left && !socket.closed) {
      closeSocket(world, socket, 'socket lost')
      moved = true
    }
    while (receive(world, socket)) moved = true
    for (const flush of socket.flushes.splice(0)) if (!socket.closed) flush()
    if (sweep(world, socket)) moved = true
    while (follow(world, socket, 0)) moved = true
  }
  for (const tenure of node.tenures) {
    while (readNext(world, node, tenure)) moved = true
    while (!tenure.dropped && seeTo(world, tenure, 0)) moved = true
  }
  while (apply(world, ['answer', node.id, 0, 1])) moved = true
  return moved
}

function endWindows(world: World): boolean {
  let moved = false
  for (const node of world.nodes)
    for (const socket of node.sockets) {
      const { client } = socket
      const before = node.primary?.state?.entries.size ?? 0
      if (!socket.closed && before > 0 && heartbeat(world, socket)) {
        while (hear(world, client));
        confirm(client)
        while (receive(world, socket));
        if ((node.primary?.state?.entries.size ?? 0) < before) moved = true
      }
    }
  if (moved) return true
  for (const node of world.nodes)
    for (const tenure of node.tenures)
      for (const session of Array.from(tenure.state?.bySession.keys() ?? []))
        if (
          !tenure.dropped &&
          !tenure.state?.attached.has(session) &&
          endWindow(world, node, tenure, session)
        )
          moved = true
  for (const node of world.nodes)
    for (const tenure of node.tenures) if (!tenure.dropped) commit(world, node, tenure)
  return moved
}
