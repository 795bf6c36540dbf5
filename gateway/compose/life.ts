// A node's start and stop: a stop may come while the start still waits for Kafka, and ends what that has made.
import type { Config } from '../config/settings.ts'
import type { Events } from '../events.ts'
import { type Service, startAll, stopAll, withDeadline } from '../lifecycle.ts'
import type { NodeState } from './service-parts.ts'

export type LifeParts = {
  readonly services: readonly Service[]
  readonly config: Config
  readonly state: NodeState
  /** Aborted when everything has stopped. */
  readonly stopping: AbortController
  readonly events: Events
}

export type Life = {
  /** Resolves when the node holds a slot and listens; waits for Kafka and Redis as long as they are away. */
  start(): Promise<void>
  /** Drains and stops; resolves within about `drain.timeout`. */
  stop(): Promise<void>
}

/** Milliseconds that a start has to end in when a stop comes. */
const startEndsMs = 2_000

export function createLife({ services, config, state, stopping, events }: LifeParts): Life {
  const asked = new AbortController()
  let starting: Promise<void> = Promise.resolve()
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    state.draining = true
    asked.abort()
    const startEnded = starting.catch(() => undefined)
    await withDeadline(startEnded, startEndsMs, 'giving up the start').catch(() => undefined)
    await stopAll(services, config.drain.timeout, events.stopLate)
    stopping.abort()
    events.stopped()
  }
  return {
    start() {
      starting = startAll(services, asked.signal, events.stopLate)
      return starting
    },
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}
