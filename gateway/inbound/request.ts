// A request that was sent on waits for its reply, for so long; then the client is refused and the backend told.
import type { Connection } from '../connection/connection.ts'
import type { TimerWheel } from '../connection/timer-wheel.ts'
import { refuse } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Request } from '../protocol/frames.ts'
import type { Session } from '../session/session.ts'
import type { OutgoingRecord, Publisher } from './ports.ts'
import { toCancel } from './record.ts'

export type RequestDeps = {
  readonly publisher: Publisher
  readonly wheel: TimerWheel
  readonly events: Events
  readonly limits: { readonly requestTimeout: number }
}

/** Milliseconds that this request waits. */
export const timeoutOf = (limits: RequestDeps['limits'], frame: Request): number =>
  frame.timeoutMs ?? limits.requestTimeout

/** `record` is the request as it was published at `now`. */
export function openRequest(
  deps: RequestDeps,
  connection: Connection,
  session: Session,
  frame: Request,
  record: OutgoingRecord,
  now: number,
): void {
  const { id } = frame
  // Not the record itself: its payload would stay in memory until the reply.
  const { topic, key, headers } = record
  session.requests.open(id, {
    stopTimer: deps.wheel.after(timeoutOf(deps.limits, frame), () => {
      if (!session.requests.abandon(id)) return
      deps.events.refused('timeout')
      connection.refuse(refuse('timeout', `no reply within ${Date.now() - now} ms`), id)
    }),
    tellBackend: () => void deps.publisher.publish(toCancel(id, { topic, key, headers }), () => {}),
  })
}
