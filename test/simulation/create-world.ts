// Makes a modelled world, and looks into it.
import type { Arrival } from '../../gateway/moving/slot-state.ts'
import type { Rules } from './rules.ts'
import type { DeliveryBody, Log, Node, World } from './world.ts'

export const maxHops = 8

export function createNode(id: number): Node {
  const lists = { tenures: [], lane: [], acks: [], sockets: [], questions: [] }
  return { id, alive: true, frozen: false, primary: undefined, registered: true, ...lists }
}

export function createWorld(
  rules: Rules,
  size: { nodes: number; slots: number; clients: number },
  trace: boolean,
): World {
  const each = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index))
  return {
    rules,
    logs: each(size.slots, () => ({ start: 0, records: [] })),
    committed: each(size.slots, () => 0),
    owners: each(size.slots, () => undefined),
    registry: { up: true, entries: new Map(), past: new Map() },
    nodes: each(size.nodes, createNode),
    clients: each(size.clients, (id) => ({
      id,
      confirms: id % 3 !== 2,
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

export const logOf = (world: World, slot: number): Log => world.logs[slot] as Log

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

export function viewOf(log: Log): { start: number; hashBefore(offset: number): number | undefined } {
  return {
    start: log.start,
    hashBefore: (offset) => {
      if (offset === 0) return log.start === 0 ? 0 : undefined
      return offset - 1 < log.start ? undefined : log.records[offset - 1]?.hash
    },
  }
}

export const hashAt = (log: Log, next: number): number =>
  next === 0 ? 0 : (log.records[next - 1]?.hash ?? 0)
