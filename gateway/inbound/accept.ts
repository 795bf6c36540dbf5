// An accepted socket's life from its first moment to its last: greeting time, expiry, heartbeat, and what it leaves behind.
import type { Admitted } from '../admission/admit.ts'
import type { Seat } from '../admission/capacity.ts'
import type { Channels } from '../channels/ports.ts'
import { Connection } from '../connection/connection.ts'
import { type Deflating, deflatingDialect } from '../connection/deflating.ts'
import { envelopedDialect, rawDialect } from '../connection/dialect.ts'
import { watch } from '../connection/heartbeat.ts'
import { PacedSocket } from '../connection/paced-socket.ts'
import type { ConnectionLimits, Traffic } from '../connection/ports.ts'
import type { Socket } from '../connection/socket.ts'
import type { TimerWheel } from '../connection/timer-wheel.ts'
import { closes } from '../errors.ts'
import type { Events } from '../events.ts'
import type { OpenSession } from '../session/open-session.ts'
import type { Home } from '../session/ports.ts'
import { formatPosition } from '../session/position.ts'
import type { Principal } from '../session/principal.ts'
import type { Roster } from '../session/roster.ts'
import { type ExpiryTimes, watchExpiry } from './expiry.ts'
import type { Routes } from './routes.ts'

export type AcceptDeps = {
  readonly receive: (connection: Connection, bytes: Buffer, binary: boolean) => void
  readonly openSession: OpenSession<Connection>
  readonly roster: Roster<Connection>
  readonly routes: Routes
  readonly channels: Pick<Channels, 'left'>
  readonly wheel: TimerWheel
  readonly events: Events
  readonly limits: ConnectionLimits
  readonly helloTimeout: number
  readonly heartbeat: number
  readonly expiry: ExpiryTimes
  /** Whether a credential that was good a moment ago is no longer. */
  readonly isRevoked: (principal: Principal) => boolean
  /** Counts what a connection sends and is sent; absent: nothing is limited. */
  readonly traffic?: (() => Traffic) | undefined
  /** For connections that agreed to compression; undefined: none does. */
  readonly compression?: Deflating | undefined
  /** The slot that this node has. */
  readonly home: () => Home | undefined
}

export type Accepted = {
  accept(socket: Socket, admitted: Admitted, seat: Seat): Connection
  /** The connection's principal is known, or known anew: it ends when the credential does. */
  onAuthenticated(connection: Connection, principal: Principal): void
  /** Every connection, welcomed or not. */
  all(): IterableIterator<Connection>
}

/** Timers and the seat of one connection. */
type Attached = {
  readonly seat: Seat
  readonly stopWatch: () => void
  stopDeadline: () => void
  stopHello: () => void
}

/** Closed by these, a session is over: its client said so, or nobody may have it any more. */
const ends: ReadonlySet<number> = new Set([1000, closes['taken-over'].code, closes.revoked.code])

const canComeBack = ({ dialect }: Connection, code: number): boolean => dialect.enveloped && !ends.has(code)

/** Names of the codes that clients and networks close with (RFC 6455 section 7.4.1). */
const closeNames: Readonly<Record<number, string>> = {
  1000: 'normal',
  1001: 'going-away',
  1002: 'protocol-error',
  1005: 'no-status',
  1006: 'abnormal',
}

const reasonOf = ({ closing }: Connection, code: number): string =>
  closing ?? closeNames[code] ?? String(code)

export function createAccept(deps: AcceptDeps): Accepted {
  const attached = new Map<Connection, Attached>()

  const onClosed = (connection: Connection, code: number): void => {
    const { seat, stopWatch, stopDeadline, stopHello } = attached.get(connection) ?? {}
    attached.delete(connection)
    stopWatch?.()
    stopDeadline?.()
    stopHello?.()
    seat?.leave()
    connection.traffic?.end()
    deps.events.connectionClosed(code)
    const { session } = connection
    if (session === undefined) return
    session.requests.clear()
    deps.channels.left(connection)
    deps.roster.remove(session.id, connection)
    deps.home()?.left(session, canComeBack(connection, code), reasonOf(connection, code))
  }

  const positionOf = ({ session }: Connection): string | undefined => {
    const home = deps.home()
    if (session === undefined || home?.slot !== session.slot) return undefined
    const at = home.positionOf(session)
    return formatPosition(at.slot, at.since, at.next, at.hash)
  }

  const onAuthenticated = (connection: Connection, principal: Principal): void => {
    connection.principal = principal
    attached.get(connection)?.seat.authenticated()
    connection.traffic?.identify(principal)
    const attachment = attached.get(connection)
    attachment?.stopDeadline()
    // Between its check and here nobody knew of this connection.
    if (deps.isRevoked(principal)) return connection.close('revoked', 'the credential was revoked')
    if (attachment === undefined || principal.expiresAt === undefined) return
    attachment.stopDeadline = watchExpiry(connection, principal.expiresAt, deps.wheel, deps.expiry)
  }

  const accept = (socket: Socket, admitted: Admitted, seat: Seat): Connection => {
    const plain =
      admitted.codec === undefined
        ? rawDialect(deps.routes.ofPath(admitted.path)?.contentType ?? 'application/octet-stream')
        : envelopedDialect(admitted.codec)
    const dialect = deps.compression && socket.deflates ? deflatingDialect(plain, deps.compression) : plain
    const owner = { onMessage: deps.receive, onClosed }
    const traffic = deps.traffic?.()
    const paced = traffic?.paces ? new PacedSocket(socket, traffic, deps.wheel) : socket
    const connection = new Connection(paced, dialect, admitted.path, admitted.principal, deps.limits, owner)
    connection.traffic = traffic
    attached.set(connection, {
      seat,
      stopWatch: watch(connection, deps.wheel, deps.heartbeat, () => positionOf(connection)),
      stopDeadline: () => undefined,
      stopHello: () => undefined,
    })
    deps.events.connectionOpened(plain.name)
    if (admitted.principal !== undefined) onAuthenticated(connection, admitted.principal)
    if (!dialect.enveloped) traffic?.fixRoute(deps.routes.ofPath(admitted.path)?.name ?? '')
    if (dialect.enveloped) expectHello(connection)
    else greetRaw(connection, admitted.principal)
    return connection
  }

  const expectHello = (connection: Connection): void => {
    const stop = deps.wheel.after(deps.helloTimeout, () => {
      if (connection.session !== undefined) return
      // It has said hello, and what that needs does not answer.
      if (connection.holding) connection.close('overloaded', 'the session cannot be opened now')
      else connection.close('unauthenticated', 'no hello in time')
    })
    const attachment = attached.get(connection)
    if (attachment !== undefined) attachment.stopHello = stop
    attachment?.seat.waits(() => {
      if (connection.holding) return false
      // Told already that it is over, it has only to hang up.
      if (connection.open) connection.close('overloaded', 'no hello while others wait')
      else connection.lose()
      return true
    })
  }

  /** A raw connection has shown all it will: its session begins at once. */
  const greetRaw = (connection: Connection, principal: Principal | undefined): void => {
    if (principal === undefined) return connection.close('unauthenticated', 'no credential')
    connection.hold()
    void deps
      .openSession(connection, principal)
      .catch(() => connection.close('internal', 'the session could not be opened'))
      .finally(() => connection.release())
  }

  return { accept, onAuthenticated, all: () => attached.keys() }
}
