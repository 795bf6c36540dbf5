// Keeps a quiet connection's position fresh and finds out that its other end is gone.
import type { Connection } from './connection.ts'
import type { TimerWheel } from './timer-wheel.ts'

/**
 * Watches one connection until the answered function is called. Quiet for `everyMs`: a heartbeat frame. Nothing heard
 * for `everyMs`: a WebSocket ping; for twice that, the ping included: closed as lost. A connection we do not read from is
 * not judged.
 */
export function watch(
  connection: Connection,
  wheel: TimerWheel,
  everyMs: number,
  position: () => string | undefined,
): () => void {
  let due = 0
  let pinged = Number.NEGATIVE_INFINITY
  const next = (ms: number): (() => void) => {
    due = performance.now() + ms
    return wheel.after(ms, look)
  }
  const look = (): void => {
    const now = performance.now()
    // A look that is this late was held up by a freeze of this node: what the client sent meanwhile is still unread.
    if (connection.paused || now - due > everyMs) connection.lastHeard = now
    const silent = now - connection.lastHeard
    // Looks come a little late, so this may be the first that finds it silent, although for long.
    if (silent >= 2 * everyMs && pinged >= connection.lastHeard) return connection.lose()
    if (silent >= everyMs) {
      connection.ping()
      pinged = now
    }
    const at = now - connection.lastWrite >= everyMs ? position() : undefined
    if (at !== undefined) connection.send({ kind: 'heartbeat', position: at })
    const quiet = now - Math.max(connection.lastWrite, connection.lastHeard - everyMs)
    cancel = next(Math.max(everyMs - quiet, everyMs / 4))
  }
  let cancel = next(everyMs)
  return () => cancel()
}
