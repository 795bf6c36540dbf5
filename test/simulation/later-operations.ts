// Operations that are left out where a history has to be the same as before there were any of them.
import type { SlotState } from '../../gateway/moving/slot-state.ts'
import { sayBye } from './clients.ts'
import { endWindow, pick } from './events.ts'
import { perform, seeTo } from './holder.ts'
import { appendTo, produce } from './produce.ts'
import { onNode, onTenure, type Possible } from './targets.ts'
import type { World } from './world.ts'

const known = ({ places, taken, ended }: SlotState): Set<string> =>
  new Set([...places.keys(), ...taken.keys(), ...ended.keys()])

export function forgetAll(world: World): void {
  for (const { tenures } of world.nodes)
    for (const { state, dropped } of tenures)
      if (state !== undefined && !dropped)
        for (const session of known(state)) world.rules.forget(state, session)
}

export const laterOperations: Readonly<Record<string, Possible>> = {
  forget: {
    weight: 4,
    apply: onTenure((world, _node, { state }, c) => {
      const session = state && pick([...known(state)], c)
      return state !== undefined && session !== undefined && world.rules.forget(state, session)
    }),
  },
  'forget-oldest': {
    weight: 2,
    apply: onTenure(
      (world, _node, { state }, c) => state !== undefined && world.rules.forgetOldest(state, c % 3) > 0,
    ),
  },
  beat: {
    weight: 1,
    apply: onTenure((_world, node, { slot, epoch }) => {
      produce(node, { slot, body: { kind: 'canary', epoch }, onAck: () => undefined })
      return true
    }),
  },
  flush: {
    weight: 14,
    apply: onNode((_world, node, b) => {
      const flush = pick(node.sockets, b)?.flushes.shift()
      flush?.()
      return flush !== undefined
    }),
  },
  bye: {
    weight: 0.15,
    apply: (world, a) => {
      const client = pick(world.clients, a)
      return client !== undefined && sayBye(client)
    },
  },
  /** Too much waits for one who is away: the registry is asked if it answers, whole or not. */
  crowd: {
    weight: 0.1,
    apply: onTenure((world, node, tenure, c) => {
      const { state } = tenure
      if (state === undefined) return false
      const crowds = [...state.bySession].filter(([name, { size }]) => size > 1 && !state.attached.has(name))
      const [session] = pick(crowds, c) ?? []
      if (session === undefined) return false
      world.windows++
      if (world.registry.up) return endWindow(world, node, tenure, session)
      perform(world, node, tenure, world.rules.onWindowOver(state, session))
      return true
    }),
  },
  other: {
    weight: 1,
    apply: (world, a) => {
      appendTo(world, a % world.logs.length, { kind: 'other', id: world.others.push(false) - 1 })
      return true
    },
  },
  'see-to': { weight: 4, apply: onTenure((world, _node, tenure, c) => seeTo(world, tenure, c)) },
  hole: {
    weight: 1,
    apply: (world, a) => {
      appendTo(world, a % world.logs.length, { kind: 'hole' })
      return true
    },
  },
}
