// What becomes of each message of a connection: decoded, checked for its turn, and handed to what handles its kind.
import type { Channels } from '../channels/ports.ts'
import type { Connection } from '../connection/connection.ts'
import { refuse } from '../errors.ts'
import type { Events } from '../events.ts'
import { type ClientFrame, isBadFrame } from '../protocol/frames.ts'
import type { Home } from '../session/ports.ts'
import { parsePosition } from '../session/position.ts'
import type { Session } from '../session/session.ts'
import { aboutChannel } from './about-channel.ts'
import type { Greeter } from './greet.ts'
import { holdFor, isTakenAnyway, refuseRate } from './over-rate.ts'
import { type PublishDeps, publishFrame } from './publish.ts'

export type ReceiveDeps = PublishDeps & {
  readonly greeter: Greeter
  readonly channels: Channels
  readonly events: Events
  /** Whether this node may act: true while its slot is certainly its own. */
  readonly guard: { fresh(): boolean; check(): Promise<boolean> }
  /** The slot that this node has. */
  readonly home: () => Home | undefined
}

/** Handles one message. Never throws: a hostile client costs itself a refusal or its connection. */
export function createReceive(
  deps: ReceiveDeps,
): (connection: Connection, bytes: Buffer, binary: boolean) => void {
  return (connection, bytes, binary) => {
    if (!deps.guard.fresh()) return holdUntilChecked(deps, connection, bytes, binary)
    const waitMs = connection.traffic?.receive(bytes.length) ?? 0
    if (waitMs > 0 && !connection.enveloped) return holdFor(deps.wheel, connection, bytes, binary, waitMs)
    const frame = connection.dialect.decode(bytes, binary)
    if (isBadFrame(frame)) {
      if (waitMs > 0) return refuseRate(deps, connection, frame, waitMs)
      deps.events.refused(frame.code)
      // Before the session there is nothing to keep alive, and a stranger is not served refusals.
      if (frame.fatal || connection.session === undefined)
        return connection.close('malformed', frame.message.slice(0, 100))
      return connection.refuse(refuse(frame.code, frame.message), frame.id)
    }
    deps.events.frame(frame.kind)
    if (waitMs > 0 && !isTakenAnyway(connection, frame)) return refuseRate(deps, connection, frame, waitMs)
    handle(deps, connection, frame)
  }
}

function confirm(deps: ReceiveDeps, connection: Connection, session: Session, text: string): void {
  const position = parsePosition(text)
  if (position === undefined) {
    deps.events.refused('invalid-frame')
    return connection.refuse(refuse('invalid-frame', 'position: is none that this gateway gave'))
  }
  deps.home()?.confirm(session, position)
}

/** Milliseconds between two questions while neither registry nor Kafka can say whose the slot is. */
const askAgainMs = 250

/** After a freeze nothing is accepted before the node knows again that it has its slot. */
function holdUntilChecked(deps: ReceiveDeps, connection: Connection, bytes: Buffer, binary: boolean): void {
  connection.hold()
  connection.receive(bytes, binary)
  const ask = async (): Promise<void> => {
    const ours = await deps.guard.check().catch(() => false)
    if (ours || !connection.open) connection.release()
    else deps.wheel.after(askAgainMs, () => void ask())
  }
  void ask()
}

function handle(deps: ReceiveDeps, connection: Connection, frame: ClientFrame): void {
  const { session } = connection
  if (frame.kind === 'hello') {
    if (session === undefined) return deps.greeter.hello(connection, frame)
    return connection.close('malformed', 'hello comes once, as the first frame')
  }
  if (session === undefined) return connection.close('malformed', 'the first frame must be hello')
  switch (frame.kind) {
    case 'publish':
    case 'request':
      return publishFrame(deps, connection, session, frame)
    case 'cancel':
      session.requests.abandon(frame.id)
      return
    case 'ping':
      return connection.send({ kind: 'pong' })
    case 'confirm':
      return confirm(deps, connection, session, frame.position)
    case 'subscribe':
    case 'unsubscribe':
    case 'members':
      return aboutChannel(deps, connection, session.principal, frame)
    case 'authenticate':
      return deps.greeter.authenticate(connection, frame)
  }
}
