// Puts revocation together: what is asked of it, and the end of connections and absent sessions that were revoked.
import type { ApiKeys } from '../admission/authenticators/api-keys.ts'
import { followRevocations } from '../admission/follow-revocations.ts'
import type { RevocationCheck } from '../admission/unless-revoked.ts'
import type { Connection } from '../connection/connection.ts'
import type { Events } from '../events.ts'
import type { RevokedSessions } from '../session/ports.ts'
import type { Principal } from '../session/principal.ts'
import type { KeptSlot } from '../slots/keeper.ts'
import type { Tables } from './tables.ts'

export type RevocationParts = {
  readonly tables: Tables
  /** Undefined: not in use. */
  readonly apiKeys: Pick<ApiKeys, 'stillGood'> | undefined
  readonly connections: () => Iterable<Connection>
  readonly kept: () => KeptSlot | undefined
  readonly events: Events
}

export type ComposedRevocations = {
  readonly check: RevocationCheck
  readonly sessions: RevokedSessions
  readonly size: () => number
  /** Lets go of what no longer counts. */
  sweep(): void
  stop(): void
}

/** Milliseconds after which sessions that were just coming back are looked at again. */
const againMs = 1_000

export function composeRevocations(parts: RevocationParts): ComposedRevocations {
  const { tables, apiKeys, connections, kept, events } = parts
  let again: NodeJS.Timeout | undefined

  const endRevoked = (): void => {
    let closed = 0
    for (const connection of connections()) {
      const { principal, session, open } = connection
      if (!open || principal === undefined) continue
      if (!isRevoked(principal) && (session === undefined || !found.isSessionRevoked(session))) continue
      connection.close('revoked', 'the credential or the session was revoked')
      closed++
    }
    const absent = kept()?.endRevoked((gone) => isRevoked(gone.principal) || found.isSessionRevoked(gone))
    if (closed > 0 || (absent?.ended ?? 0) > 0) events.revoked(closed, absent?.ended ?? 0)
    if ((absent?.left ?? 0) > 0) again ??= setTimeout(lookAgain, againMs).unref()
  }
  const lookAgain = (): void => {
    again = undefined
    endRevoked()
  }

  const found = followRevocations(tables.revocations, {
    onRevoked: endRevoked,
    onUnreadable: events.revocationUnreadable,
  })
  tables.standing.beforeKnown(found.flush)
  const isRevoked = (principal: Principal): boolean =>
    found.isRevoked(principal) || apiKeys?.stillGood(principal) === false
  return {
    check: {
      known: async () => tables.troubles().length === 0 && (await tables.standing.check()),
      isRevoked,
    },
    sessions: {
      isRevoked: (session) => found.isSessionRevoked(session),
      isOver: (session) => found.isUserRevokedSince(session),
    },
    size: () => found.size,
    sweep: () => found.sweep(),
    stop() {
      clearTimeout(again)
      found.stop()
    },
  }
}
