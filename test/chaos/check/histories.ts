// Histories written by hand: short words for entries, so that a test shows in a few lines what happened.
import type { Cast, Entry, Receipt, Stored } from '../history.ts'
import { check, type Judgement } from './check.ts'

/** Client 0 and 1 confirm, client 2 does not; 0 and 1 are users of their own. */
export const cast: Cast = [
  { user: 'u0', confirms: true },
  { user: 'u1', confirms: true },
  { user: 'u2', confirms: false },
]

const none = { e: 'client', client: 0, connection: 1 } as const

/** What a client did; `at` in ms. */
export const did = {
  welcome: (at: number, session: string, more: object = {}): Entry =>
    ({ ...none, at, kind: 'welcome', session, resumed: false, recovered: true, ...more }) as Entry,
  closed: (at: number, more: object = {}): Entry =>
    ({ ...none, at, kind: 'closed', code: 1006, reason: '', ours: true, ...more }) as Entry,
  sent: (at: number, nth: number, sequence: number, more: object = {}): Entry => {
    const what = { id: `i0-${sequence}`, kind: 'publish', route: 'echo', key: 'k', sequence } as const
    return { ...none, at, kind: 'sent', nth, what, ...more } as Entry
  },
  acked: (at: number, sequence: number, offset: number): Entry => {
    const place = { topic: 'echo', partition: 0, offset: String(offset) }
    return { ...none, at, kind: 'ack', id: `i0-${sequence}`, place }
  },
  refused: (at: number, id: string): Entry =>
    ({ ...none, at, kind: 'refusal', id, code: 'outcome-unknown', retryable: true }) as Entry,
  received: (at: number, uuid: string, session: string, more: object = {}): Entry => {
    const common = { session, uuid, repeat: false, position: 'p', as: 'message' } as const
    return { ...none, at, kind: 'received', ...common, ...more } as Entry
  },
}

/** A frame of client 0 as it stands in Kafka. */
export const inbound = (
  offset: number,
  sequence: number,
  send: string,
  more: Partial<Stored> = {},
): Entry => ({
  e: 'stored',
  at: offset,
  log: 'inbound',
  topic: 'echo',
  partition: 0,
  offset,
  uuid: `i0-${sequence}`,
  source: '/openclaw/c',
  id: `h/i0-${sequence}`,
  sequence: String(sequence),
  session: 's0',
  key: 'k',
  send,
  ...more,
})

/** A delivery as a backend wrote it to slot 1, or a gateway that sent it on. */
export const toSlot = (
  at: number,
  offset: number,
  uuid: string,
  to: string,
  more: Partial<Stored> = {},
): Entry => ({
  e: 'stored',
  at,
  log: 'slot',
  topic: 'slot.1',
  partition: 0,
  offset,
  uuid,
  to,
  ...more,
})

export const toDispatch = (at: number, offset: number, uuid: string, to: string): Entry => ({
  e: 'stored',
  at,
  log: 'dispatch',
  topic: 'dispatch',
  partition: 0,
  offset,
  uuid,
  to,
})

export const failed = (
  at: number,
  origin: string,
  target: string,
  reason: string,
  more: Partial<Receipt> = {},
): Entry => ({ e: 'receipt', at, origin, target, outcome: 'failed', reason, ...more })

export const fault = (nth: number, kind: string, from: number, to: number): Entry[] => [
  { e: 'fault', at: from, nth, kind, phase: 'begin' },
  { e: 'fault', at: to, nth, kind, phase: 'end' },
]

/** The registry at the end; by default as it should be with nobody there. */
export const registry = (
  entries: readonly (readonly [session: string, owner: string])[] = [],
  live: readonly (readonly [session: string, client: number])[] = [],
): Entry => ({
  e: 'registry',
  at: 1_000_000,
  entries: entries.map(([session, owner]) => ({ session, owner, slot: 1 })),
  live: live.map(([session, client]) => ({ session, client })),
})

/** Judges these entries, with a registry that is right. */
export const judge = (...entries: readonly Entry[]): Promise<Judgement> => judgeOnly(...entries, registry())

/** Judges these entries and nothing else. */
export const judgeOnly = (...entries: readonly Entry[]): Promise<Judgement> =>
  check(entries, { cast, gapWithinMs: 60_000, confirmTimeoutMs: 10_000 })

/** The same, and who is back within 5 s has to find its session. */
export const judgeLives = (...entries: readonly Entry[]): Promise<Judgement> =>
  check([...entries, registry()], { cast, gapWithinMs: 60_000, surelyResumableMs: 5_000 })

/** `invariant how` of each violation. */
export const broken = (judgement: Judgement): string[] =>
  judgement.violations.map(({ invariant, how }) => `${invariant} ${how}`)
