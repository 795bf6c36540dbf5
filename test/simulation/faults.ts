// The faults of the modelled world, and what ends them.
import { createNode, note } from './create-world.ts'
import { crash, pick, truncate, windowOver } from './events.ts'
import { take } from './holder.ts'
import { logOf } from './logs.ts'
import { onNode, onTenure, type Possible } from './targets.ts'

export const faults: Readonly<Record<string, Possible>> = {
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
