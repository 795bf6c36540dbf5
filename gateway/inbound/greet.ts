// From an accepted socket to a session: the credential in `hello`, the session, its entry in the registry, `welcome`.
import type { MayConnect } from '../admission/admit.ts'
import type { Channels } from '../channels/ports.ts'
import type { Connection } from '../connection/connection.ts'
import { type Rejection, refuse } from '../errors.ts'
import type { Events } from '../events.ts'
import type { ClientFrame, Hello } from '../protocol/frames.ts'
import { type Principal, samePrincipal } from '../session/principal.ts'

/** Checks a token; undefined for one that is not valid. Rejects when that cannot be known now. */
export type CheckToken = (token: string) => Promise<Principal | undefined>

export type Greeter = {
  hello(connection: Connection, frame: Hello): void
  authenticate(connection: Connection, frame: Extract<ClientFrame, { kind: 'authenticate' }>): void
}

export type GreetDeps = {
  readonly checkToken: CheckToken
  /** The principal of a connection that shows no credential; undefined where that is not allowed. */
  readonly anonymous: Principal | undefined
  readonly mayConnect: MayConnect
  /** Why this principal may not have one more connection now; absent, or undefined at once: nothing limits it. */
  readonly principalLimited?:
    | ((connection: Connection, principal: Principal) => Promise<Rejection | undefined> | undefined)
    | undefined
  /** Opens the session and sends `welcome`; closes the connection where it cannot. */
  openSession(connection: Connection, principal: Principal, hello: Hello): Promise<void>
  readonly channels: Pick<Channels, 'resume'>
  /** The connection's principal is known from now on. */
  onAuthenticated(connection: Connection, principal: Principal): void
  readonly events: Events
}

export function createGreeter(deps: GreetDeps): Greeter {
  return {
    hello(connection, frame) {
      connection.hold()
      void greet(deps, connection, frame)
        .catch((failure: unknown) => {
          deps.events.greetingFailed(failure)
          connection.close('overloaded', 'the credential cannot be checked now')
        })
        .finally(() => connection.release())
    },
    authenticate(connection, frame) {
      connection.hold()
      void renew(deps, connection, frame)
        .catch((failure: unknown) => {
          deps.events.greetingFailed(failure)
          connection.refuse(refuse('internal', 'the token cannot be checked now'), frame.id)
        })
        .finally(() => connection.release())
    },
  }
}

async function greet(deps: GreetDeps, connection: Connection, frame: Hello): Promise<void> {
  let principal = connection.principal
  if (principal === undefined) {
    principal = frame.token === undefined ? deps.anonymous : await deps.checkToken(frame.token)
    if (principal === undefined) return connection.close('unauthenticated', 'no valid credential')
    if (!connection.open) return
    if (!mayConnect(deps, connection, principal))
      return connection.close('forbidden', 'the policy does not let you in')
    if ((await deps.principalLimited?.(connection, principal)) !== undefined)
      return connection.close('rate-limited', 'too many connections of this user')
    if (!connection.open) return
    deps.onAuthenticated(connection, principal)
  }
  await deps.openSession(connection, principal, frame)
  const { channels } = frame.resume ?? {}
  // Whatever became of the session: its channels are found by their own positions.
  if (channels !== undefined && connection.session !== undefined && connection.open)
    deps.channels.resume(connection, channels)
}

const mayConnect = (deps: GreetDeps, { path, dialect }: Connection, principal: Principal): boolean =>
  deps.mayConnect(principal, { path, subprotocol: dialect.subprotocol })

async function renew(
  deps: GreetDeps,
  connection: Connection,
  frame: Extract<ClientFrame, { kind: 'authenticate' }>,
): Promise<void> {
  const principal = await deps.checkToken(frame.token)
  // What was counted for its principal was given back with its end.
  if (!connection.open) return
  const { session } = connection
  if (principal === undefined || session === undefined) {
    return connection.refuse(refuse('forbidden', 'the token is not valid'), frame.id)
  }
  if (!samePrincipal(principal, session.principal)) {
    return connection.refuse(refuse('forbidden', 'the token is of another principal'), frame.id)
  }
  if (!mayConnect(deps, connection, principal)) {
    return connection.refuse(refuse('forbidden', 'the policy does not let this token in'), frame.id)
  }
  session.principal = principal
  deps.onAuthenticated(connection, principal)
  connection.send({ kind: 'authenticated', id: frame.id, expiresAt: principal.expiresAt ?? 0 })
}
