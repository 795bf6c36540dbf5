// Makes a modelled world, and looks into it.
import type { Arrival } from '../../gateway/moving/slot-state.ts'
import type { Rules } from './rules.ts'
import type { DeliveryBody, Node, World } from './world.ts'

export const maxHops = 8

export function createNode(id: number): Node {
  const lists = { tenures: [], lane: [], acks: [], sockets: [], questions: [] }
  return { id, alive: true, frozen: false, primary: undefined, registered: true, ...lists }
}

export type WorldSize = {
  readonly nodes: number
  readonly slots: number
  readonly clients: number
  readonly maxLegs?: number
  /** One client whose sessions cannot be resumed. */
  readonly raw?: number
  readonly later?: boolean
  readonly forgetful?: boolean
}

export function createWorld(rules: Rules, size: WorldSize, trace: boolean): World {
  const each = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index))
  return {
    rules,
    later: size.later ?? true,
    forgetful: size.forgetful ?? false,
    maxLegs: size.maxLegs ?? 8,
    capped: false,
    others: [],
    logs: each(size.slots, () => ({ start: 0, records: [] })),
    committed: each(size.slots, () => 0),
    owners: each(size.slots, () => undefined),
    registry: { up: true, entries: new Map(), past: new Map() },
    nodes: each(size.nodes, createNode),
    clients: each(size.clients, (id) => ({
      id,
      confirms: id % 3 !== 2 && id !== size.raw,
      raw: id === size.raw,
      attempt: 0,
      session: undefined,
      tokens: [],
      position: undefined,
      socket: undefined,
      welcomed: false,
      gone: false,
    })),
    fates: [],
    dispatched: [0, 0],
    sessions: new Map(),
    epoch: 0,
    seq: 0,
    sockets: 0,
    truncated: false,
    wiped: false,
    windows: 0,
    violations: [],
    counts: {
      repeats: 0,
      forwards: 0,
      reports: 0,
      resumes: 0,
      gaps: 0,
      early: 0,
      appends: 0,
      late: 0,
      superseded: 0,
    },
    trace: trace ? [] : undefined,
    close: () => undefined,
  }
}

export function note(world: World, text: () => string): void {
  world.trace?.push(text())
}

export function violate(world: World, text: string): void {
  world.violations.push(text)
  note(world, () => `VIOLATION ${text}`)
}

export function toArrival(slot: number, offset: number, body: DeliveryBody): Arrival {
  const { session, origin, hops, generation } = body
  return { offset, session, origin: origin ?? { slot, offset }, hops, generation }
}
