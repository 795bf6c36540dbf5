// Sends a node's clients elsewhere, each at its own moment, with what they sent acked and what they get written.
import { setTimeout as wait } from 'node:timers/promises'
import type { Connection } from './connection.ts'

export type DrainOptions = {
  /** Milliseconds over which the closes, and the clients' reconnects, are spread. */
  readonly spread: number
  /** Milliseconds after which whoever is left is closed. */
  readonly timeout: number
  readonly random?: () => number
}

const lookMs = 25
/** Milliseconds that a client has at least, so that what it sent before it was told still arrives. */
const leastMs = 250

/** Resolves when every connection has ended, or the time is over. */
export async function drain(connections: () => Iterable<Connection>, options: DrainOptions): Promise<void> {
  const { spread, timeout, random = Math.random } = options
  const started = performance.now()
  const leaves = new Map<Connection, number>()
  for (const connection of connections()) {
    const reconnectAfterMs = Math.round(random() * spread)
    leaves.set(connection, started + Math.max(reconnectAfterMs, Math.min(leastMs, spread)))
    // Before its welcome a client expects nothing else.
    if (connection.session !== undefined)
      connection.send({ kind: 'goaway', reason: 'draining', reconnectAfterMs })
  }
  for (;;) {
    const now = performance.now()
    const late = now - started >= timeout
    let left = 0
    for (const connection of connections()) {
      left++
      const due = (leaves.get(connection) ?? 0) <= now
      if (late || (due && connection.inflight === 0))
        connection.close('draining', 'this node is shutting down')
    }
    if (left === 0 || late) return
    await wait(lookMs)
  }
}
