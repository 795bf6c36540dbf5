// Opens a session on this node's slot, new or come back: its identity, its entry in the registry, then `welcome` before anything else.
import type { CloseName } from '../errors.ts'
import type { Hello, ServerFrame } from '../protocol/frames.ts'
import { IdWindow } from './id-window.ts'
import { newSessionId, nextGeneration, originOf } from './identity.ts'
import type { Home, NotBack, Returning, RevokedSessions } from './ports.ts'
import { formatPosition, type Position, parsePosition } from './position.ts'
import { type Principal, samePrincipal } from './principal.ts'
import { ClientRequests } from './requests.ts'
import { issueResumeToken, readResumeToken } from './resume-token.ts'
import type { Roster } from './roster.ts'
import type { Session } from './session.ts'

/** What a session needs of the connection it is opened on. */
export type SessionConnection = {
  session: Session | undefined
  readonly open: boolean
  /** What this side closed it with. */
  readonly closing: CloseName | undefined
  /** False for raw connections: they cannot confirm. */
  readonly enveloped: boolean
  send(frame: ServerFrame): void
  close(name: CloseName, reason: string): void
}

export type OpenSessionDeps<Connection extends SessionConnection> = {
  readonly roster: Roster<Connection>
  /** Undefined while this node has no slot. */
  home(): Home | undefined
  /** Enters the session in the registry; resolves within a deadline whether that worked or not. */
  bind(session: Session, home: Home): Promise<void>
  /** Its welcome was sent. */
  onOpened(session: Session, resumed: boolean, connection: Connection): void
  readonly revoked: RevokedSessions
  readonly secrets: readonly string[]
  readonly window: number
  readonly maxRequests: number
  readonly heartbeatMs: number
  readonly maxFrameBytes: number
  readonly maxInflight: number
  /** Messages a second that a client of this principal may send over a longer time; 0, or absent: no limit. */
  readonly messagesPerSecond?: (principal: Principal) => number
}

type Limits = Omit<OpenSessionDeps<SessionConnection>, 'roster' | 'home' | 'bind' | 'onOpened' | 'revoked'>

export type OpenSession<Connection extends SessionConnection> = (
  connection: Connection,
  principal: Principal,
  hello?: Hello,
) => Promise<void>

/** The session that a client asks for, as far as its token and position prove it. */
type Asked = {
  readonly id: string
  readonly birth: number
  readonly attempt: number
  readonly position: Position
}
type Back = { readonly asked: Asked; readonly returning: Returning }

/** A session that cannot be brought back whole is answered by a new one: `resumed` and `recovered` false. */
export function createOpenSession<Connection extends SessionConnection>(
  deps: OpenSessionDeps<Connection>,
): OpenSession<Connection> {
  return async (connection, principal, hello) => {
    if (!connection.open) return
    const home = deps.home()
    if (home === undefined) return connection.close('slot-lost', 'this node has no slot now')
    const asked = askedFor(hello, principal, deps.secrets)
    if (asked !== undefined && deps.revoked.isRevoked(asked))
      return connection.close('revoked', 'the session was revoked')
    const isOver = asked === undefined || deps.revoked.isOver({ birth: asked.birth, principal })
    const back = isOver ? undefined : await bringBack(home, asked)
    if (back === 'superseded') return connection.close('taken-over', 'a later connection has the session')
    if (back === 'away') return connection.close('overloaded', 'the session cannot be brought back now')
    const session = toSession(deps, principal, home, connection.enveloped, hello, back)
    if (!home.attach(session, back?.returning))
      return connection.close('taken-over', 'a later connection has the session')
    await deps.bind(session, home)
    if (deps.revoked.isRevoked(session)) connection.close('revoked', 'the session was revoked')
    if (!connection.open || home.ended || !home.has(session)) {
      // A new one that was never welcomed is one that nobody can come back to.
      const isRevoked = connection.closing === 'revoked'
      home.left(session, back !== undefined && !isRevoked, isRevoked ? 'revoked' : 'never welcomed')
      if (home.ended) return connection.close('slot-lost', 'this node lost its slot')
      return connection.close('taken-over', 'a later connection has the session')
    }
    // From here on whoever ends the connection finds the session, and lets go of it.
    connection.session = session
    deps.roster.add(session.id, connection)
    connection.send(welcome(deps, session, home.positionOf(session), hello, back !== undefined))
    deps.onOpened(session, back !== undefined, connection)
    home.welcomed(session)
  }
}

async function bringBack(home: Home, asked: Asked): Promise<Back | 'superseded' | 'away' | undefined> {
  const { id, birth, attempt, position } = asked
  const returning: NotBack | Returning | 'away' = await home
    .bringBack(id, birth + attempt, position)
    .catch(() => 'away' as const)
  if (typeof returning !== 'string') return { asked, returning }
  return returning === 'superseded' || returning === 'away' ? returning : undefined
}

function askedFor(
  hello: Hello | undefined,
  principal: Principal,
  secrets: readonly string[],
): Asked | undefined {
  const { token, attempt, position: text } = hello?.resume ?? {}
  if (token === undefined || attempt === undefined || attempt < 1 || text === undefined) return undefined
  const claims = readResumeToken(token, secrets)
  const position = parsePosition(text)
  if (claims === undefined || position === undefined || !samePrincipal(toPrincipal(claims), principal))
    return undefined
  return { id: claims.session, birth: claims.birth, attempt, position }
}

const toPrincipal = ({ tenant, user }: { tenant: string; user?: string }): Principal => ({
  tenant,
  claims: {},
  ...(user === undefined ? {} : { user }),
})

function toSession(
  deps: Limits,
  principal: Principal,
  home: Home,
  enveloped: boolean,
  hello: Hello | undefined,
  back: Back | undefined,
): Session {
  const id = back?.asked.id ?? newSessionId()
  const birth = back?.asked.birth ?? nextGeneration(Date.now())
  return {
    id,
    principal,
    client: hello?.client,
    origin: originOf(id, principal, hello?.client?.instance),
    birth,
    generation: birth + (back?.asked.attempt ?? 0),
    slot: home.slot,
    replyTo: home.topic,
    confirms: enveloped && hello?.confirms === true,
    since: back?.returning.since ?? home.here.next,
    catchingUp: undefined,
    window: new IdWindow(deps.window),
    requests: new ClientRequests(deps.maxRequests),
    unnamed: 0,
  }
}

function welcome(deps: Limits, session: Session, at: Position, hello: Hello | undefined, resumed: boolean) {
  const { id, birth, principal } = session
  return {
    kind: 'welcome',
    session: id,
    resumeToken: issueResumeToken({ session: id, birth }, principal, deps.secrets[0] ?? ''),
    position: formatPosition(at.slot, at.since, at.next, at.hash),
    resumed,
    recovered: resumed || hello?.resume === undefined,
    heartbeatMs: deps.heartbeatMs,
    ...(principal.expiresAt === undefined ? {} : { expiresAt: principal.expiresAt }),
    limits: {
      maxFrameBytes: deps.maxFrameBytes,
      maxInflight: deps.maxInflight,
      messagesPerSecond: deps.messagesPerSecond?.(principal) ?? 0,
    },
  } as const
}
