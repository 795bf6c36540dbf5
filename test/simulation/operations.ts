// Everything that can happen in the modelled world, each with small numbers as arguments so that a history can be replayed and shortened.

import { confirm, connect, hear } from './clients.ts'
import { deliver, heartbeat, pick, rebuild, takeFree } from './events.ts'
import { faults } from './faults.ts'
import { check, commit, perform, readNext } from './holder.ts'
import { forgetAll, laterOperations } from './later-operations.ts'
import { append } from './produce.ts'
import { closeSocket, receive } from './sockets.ts'
import { follow, sweep } from './sweep.ts'
import { onNode, onSocket, onTenure, type Possible } from './targets.ts'
import type { World } from './world.ts'

/** Name and arguments; numbers are taken modulo what there is. */
export type Operation = readonly [name: string, a: number, b: number, c: number]

export const operations: Readonly<Record<string, Possible>> = {
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
    apply: (world, a, b, c) => {
      const session = pick([...world.sessions.keys()], a)
      if (session === undefined || !world.registry.up) return false
      const now = world.registry.entries.get(session)
      const place = c % 4 === 0 ? pick(world.registry.past.get(session) ?? [], c >> 2) : now
      if (place === undefined) return false
      deliver(world, session, place.slot, place.generation, b % world.dispatched.length)
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
  ...faults,
}

export const allOperations: Readonly<Record<string, Possible>> = { ...operations, ...laterOperations }

export function apply(world: World, [name, a, b, c]: Operation): boolean {
  const done = allOperations[name]?.apply(world, a, b, c) ?? false
  if (done && world.forgetful) forgetAll(world)
  return done
}
