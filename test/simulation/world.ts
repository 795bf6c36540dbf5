// The modelled world: logs, groups, a registry, nodes, sockets and clients, and what was seen of every delivery.
import type { ControlRecord, Place } from '../../gateway/moving/control.ts'
import type { Following } from '../../gateway/moving/follow.ts'
import type { MovingPosition, Resume } from '../../gateway/moving/resume.ts'
import type { Entry, Origin, SlotState } from '../../gateway/moving/slot-state.ts'
import type { Rules } from './rules.ts'

export type DeliveryBody = {
  readonly kind: 'delivery'
  readonly id: number
  readonly session: string
  readonly origin: Origin | undefined
  readonly hops: number
  readonly generation: number
}
/** A record for everyone, or one that nobody can read: it only has to be seen to before the holder commits past it. */
export type OtherBody = { readonly kind: 'other'; readonly id: number }
/** No record at all: what an aborted transaction leaves behind. */
export type Hole = { readonly kind: 'hole' }
export type LogRecord = {
  readonly offset: number
  /** Order of appends over all logs. */
  readonly seq: number
  readonly hash: number
  readonly body: DeliveryBody | ControlRecord | OtherBody | Hole
}
export type Log = { start: number; readonly records: LogRecord[] }

export type Report = { readonly kind: 'report'; readonly id: number; readonly reason: string }
export type LostRange = { readonly kind: 'lost-range'; readonly slot: number; from: number; to: number }
export type Produced = {
  /** -1: receipts. */
  readonly slot: number
  readonly body: LogRecord['body'] | Report | LostRange
  readonly onAck: (offset: number) => void
}

export type Tenure = {
  readonly slot: number
  readonly epoch: number
  /** Of records for everyone, those not seen to yet. */
  readonly held: Entry[]
  /** Undefined until the backlog was read ahead. */
  state: SlotState | undefined
  dropped: boolean
}

export type Frame =
  | {
      readonly kind: 'hello'
      readonly attempt: number
      readonly resume: Token | undefined
      readonly position: MovingPosition | undefined
    }
  | { readonly kind: 'confirm'; readonly position: MovingPosition }
  | { readonly kind: 'bye' }
  | {
      readonly kind: 'welcome'
      readonly session: string
      readonly resumed: boolean
      readonly recovered: boolean
      readonly token: Token
      readonly position: MovingPosition
    }
  | {
      readonly kind: 'message'
      readonly session: string
      readonly id: number
      readonly at: LogRecord
      readonly slot: number
      readonly position: MovingPosition
    }
  | { readonly kind: 'heartbeat'; readonly position: MovingPosition }
  | { readonly kind: 'close'; readonly why: string }

export type Token = { readonly session: string; readonly slot: number; readonly attempt: number }

export type Socket = {
  readonly id: number
  readonly client: Client
  readonly node: Node
  readonly up: Frame[]
  readonly down: Frame[]
  /** The client has given it up; the server may not know. */
  left: boolean
  /** The server has given it up. */
  closed: boolean
  session: string | undefined
  generation: number
  position: MovingPosition | undefined
  resume: Resume | undefined
  opening: { readonly state: SlotState; readonly session: string } | undefined
  sweeping: boolean
  following: Following[]
  /** What to call when the socket has taken what was written to it. */
  readonly flushes: (() => void)[]
  settledSaid: boolean
  /** Places in logs whose records it has brought. */
  readonly brought: Set<string>
}

export type Node = {
  readonly id: number
  alive: boolean
  frozen: boolean
  primary: Tenure | undefined
  readonly tenures: Tenure[]
  readonly lane: Produced[]
  readonly acks: (() => void)[]
  readonly sockets: Socket[]
  readonly questions: { readonly tenure: Tenure; readonly session: string }[]
  registered: boolean
}

export type Client = {
  readonly id: number
  readonly confirms: boolean
  /** Its sessions cannot be resumed. */
  readonly raw: boolean
  attempt: number
  session: string | undefined
  tokens: Token[]
  position: MovingPosition | undefined
  socket: Socket | undefined
  welcomed: boolean
  gone: boolean
}

/** What became of one delivery. */
export type Fate = {
  readonly id: number
  readonly session: string
  readonly seq: number
  arrived: number
  wrote: boolean
  confirmed: boolean
  reports: string[]
  lost: boolean
  copies: number
  hops: number
}

export type SessionFacts = {
  readonly client: Client
  readonly slots: Set<number>
  excusedBefore: number
  over: boolean
  readonly last: Map<string, number>
  /** How often a connection of the session asked for it on each slot. */
  readonly stays: Map<number, number>
}

export type World = {
  readonly rules: Rules
  /** False where a history has to be what it was before there were later operations. */
  readonly later: boolean
  /** Everything that may be forgotten is, at once. */
  readonly forgetful: boolean
  /** How many logs a resume may lead through. */
  readonly maxLegs: number
  /** One has led through more. */
  capped: boolean
  /** Of each record for everyone, whether someone has seen to it. */
  readonly others: boolean[]
  readonly logs: Log[]
  readonly committed: number[]
  readonly owners: ({ readonly node: Node; readonly epoch: number } | undefined)[]
  readonly registry: {
    up: boolean
    readonly entries: Map<string, Place>
    readonly past: Map<string, Place[]>
  }
  readonly nodes: Node[]
  readonly clients: Client[]
  readonly fates: Fate[]
  /** Records in each partition of the dispatch topic. */
  readonly dispatched: number[]
  readonly sessions: Map<string, SessionFacts>
  epoch: number
  seq: number
  sockets: number
  truncated: boolean
  wiped: boolean
  windows: number
  readonly violations: string[]
  readonly counts: {
    repeats: number
    forwards: number
    reports: number
    resumes: number
    gaps: number
    early: number
    appends: number
    late: number
    superseded: number
  }
  readonly trace: string[] | undefined
  /** Ends a socket from the side of its node. */
  close: (socket: Socket, why: string) => void
}
