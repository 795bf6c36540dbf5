// Stops reading from the connections that publish while the broker's queue is full, and goes on when it has emptied.
import type { Connection } from '../connection/connection.ts'
import type { Publisher } from './ports.ts'

export type Pressure = {
  /** Called after each publish: pauses this connection while the queue is over its high mark. */
  feel(connection: Connection): void
  stop(): void
}

/** The cost of a change is in the connections that were sending, not in all there are. */
export function createPressure(publisher: Publisher): Pressure {
  const paused = new Set<Connection>()
  const stop = publisher.onPressed((pressed) => {
    if (pressed) return
    for (const connection of paused) connection.unpause('pressed')
    paused.clear()
  })
  return {
    feel(connection) {
      if (!publisher.pressed) return
      paused.add(connection)
      connection.pause('pressed')
    },
    stop,
  }
}
