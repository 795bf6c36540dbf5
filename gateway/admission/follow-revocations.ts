// Follows the table of revocations: reads each record once, lets go of what no longer counts, and says when something was revoked.
import type { Principal } from '../session/principal.ts'
import type { Table } from './ports.ts'
import { counts, kindOfKey, type RevocableSession, RevocationSet, readRevocation } from './revocations.ts'

export type FollowOptions = {
  /** Something may be revoked now that was not; many changes at a time are told as one. */
  readonly onRevoked: () => void
  /** A record that says less than it should. */
  readonly onUnreadable: (key: string, why: string) => void
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export type Revocations = {
  isRevoked(principal: Principal): boolean
  isSessionRevoked(session: Pick<RevocableSession, 'id' | 'birth'>): boolean
  isUserRevokedSince(session: Omit<RevocableSession, 'id'>): boolean
  /** Revocations that count. */
  readonly size: number
  /** Tells at once what is to be told, if anything is. */
  flush(): void
  /** Lets go of those that no longer count. */
  sweep(): void
  stop(): void
}

/** Milliseconds between two words of changes, however many there are: each has all connections looked at. */
const pauseMs = 100

export function followRevocations(
  table: Pick<Table, 'onChange' | 'forget'>,
  { onRevoked, onUnreadable, now = Date.now }: FollowOptions,
): Revocations {
  const set = new RevocationSet()
  let toldAt = Number.NEGATIVE_INFINITY
  let telling: NodeJS.Timeout | undefined
  const flush = (): void => {
    if (telling === undefined) return
    clearTimeout(telling)
    telling = undefined
    toldAt = performance.now()
    onRevoked()
  }
  const tell = (): void => {
    telling ??= setTimeout(flush, Math.max(0, toldAt + pauseMs - performance.now()))
  }
  const stop = table.onChange((key, value) => {
    if (value === undefined) return set.delete(key)
    if (kindOfKey(key) === undefined) return onUnreadable(key, 'the key names nothing that can be revoked')
    const { revocation, trouble } = readRevocation(value)
    if (trouble !== undefined) onUnreadable(key, trouble)
    if (!counts(revocation, now())) {
      set.delete(key)
      return table.forget(key)
    }
    set.set(key, revocation)
    tell()
  })
  return {
    isRevoked: (principal) => set.isRevoked(principal, now()),
    isSessionRevoked: (session) => set.isSessionRevoked(session, now()),
    isUserRevokedSince: (session) => set.isUserRevokedSince(session, now()),
    get size() {
      return set.size
    },
    flush,
    sweep() {
      for (const key of set.over(now())) {
        set.delete(key)
        table.forget(key)
      }
    },
    stop() {
      stop()
      clearTimeout(telling)
    },
  }
}
