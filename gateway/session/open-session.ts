// Opens a session on this node's slot: its identity, its entry in the registry, then `welcome` before anything else.
import type { CloseName } from '../errors.ts'
import type { Hello, ServerFrame } from '../protocol/frames.ts'
import { IdWindow } from './id-window.ts'
import { newSessionId, nextGeneration, originOf } from './identity.ts'
import { formatPosition, type Position } from './position.ts'
import type { Principal } from './principal.ts'
import { ClientRequests } from './requests.ts'
import { issueResumeToken } from './resume-token.ts'
import type { Roster } from './roster.ts'
import type { Session } from './session.ts'

/** The slot this node holds. */
export type SlotView = {
  readonly slot: number
  readonly epoch: number
  readonly topic: string
  position(): Position
}

/** What a session needs of the connection it is opened on. */
export type SessionConnection = {
  session: Session | undefined
  readonly open: boolean
  send(frame: ServerFrame): void
  close(name: CloseName, reason: string): void
}

export type OpenSessionDeps<Connection extends SessionConnection> = {
  readonly roster: Roster<Connection>
  /** Undefined while this node has no slot. */
  slot(): SlotView | undefined
  /** Enters the session in the registry; resolves within a deadline whether that worked or not. */
  bind(session: Session, slot: SlotView): Promise<void>
  /** Removes what `bind` entered: the connection ended before its session began. */
  unbind(session: Session): void
  readonly secret: string
  readonly window: number
  readonly maxRequests: number
  readonly heartbeatMs: number
  readonly maxFrameBytes: number
  readonly maxInflight: number
}

type Limits = Pick<
  OpenSessionDeps<SessionConnection>,
  'window' | 'maxRequests' | 'secret' | 'heartbeatMs' | 'maxFrameBytes' | 'maxInflight'
>

export type OpenSession<Connection extends SessionConnection> = (
  connection: Connection,
  principal: Principal,
  hello?: Hello,
) => Promise<void>

/** A resume is answered by a new session (`resumed: false`): nothing is promised of the old one but its reports. */
export function createOpenSession<Connection extends SessionConnection>(
  deps: OpenSessionDeps<Connection>,
): OpenSession<Connection> {
  return async (connection, principal, hello) => {
    if (!connection.open) return
    const slot = deps.slot()
    if (slot === undefined) return connection.close('slot-lost', 'this node has no slot now')
    const session = newSession(deps, principal, slot, hello)
    deps.roster.opening(session.id)
    try {
      await deps.bind(session, slot)
      if (!connection.open || deps.slot() !== slot) {
        deps.unbind(session)
        return connection.close('slot-lost', 'this node lost its slot')
      }
      connection.session = session
      deps.roster.add(session.id, connection)
      connection.send(welcome(deps, session, slot, hello))
    } finally {
      deps.roster.opened(session.id)
    }
  }
}

function newSession(deps: Limits, principal: Principal, slot: SlotView, hello?: Hello): Session {
  const id = newSessionId()
  return {
    id,
    principal,
    origin: originOf(id, principal, hello?.client?.instance),
    generation: nextGeneration(Date.now()),
    slot: slot.slot,
    replyTo: slot.topic,
    window: new IdWindow(deps.window),
    requests: new ClientRequests(deps.maxRequests),
    unnamed: 0,
  }
}

function welcome(deps: Limits, session: Session, slot: SlotView, hello: Hello | undefined) {
  const { id, generation, principal } = session
  return {
    kind: 'welcome',
    session: id,
    resumeToken: issueResumeToken({ session: id, slot: slot.slot, generation }, principal, deps.secret),
    position: formatPosition(slot.position()),
    resumed: false,
    recovered: hello?.resume === undefined,
    heartbeatMs: deps.heartbeatMs,
    ...(principal.expiresAt === undefined ? {} : { expiresAt: principal.expiresAt }),
    limits: { maxFrameBytes: deps.maxFrameBytes, maxInflight: deps.maxInflight, messagesPerSecond: 0 },
  } as const
}
