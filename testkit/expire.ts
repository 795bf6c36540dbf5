// The end of a token on a live connection, now: told, waited for, and closed with 4401 where no fresh one came.
import type { Connection } from '../gateway/connection/connection.ts'

/** `graceMs`: how long a fresh token is waited for. */
export function expire(connection: Connection, graceMs: number): void {
  const { principal } = connection
  connection.send({ kind: 'expiring', expiresAt: Date.now() })
  setTimeout(() => {
    if (connection.principal === principal) connection.close('unauthenticated', 'the credential expired')
  }, graceMs).unref()
}
