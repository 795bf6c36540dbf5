// What becomes of messages that come too fast: refused with the time to wait, or left in the kernel; whoever does not listen is closed.
import type { Connection } from '../connection/connection.ts'
import type { TimerWheel } from '../connection/timer-wheel.ts'
import { refuse } from '../errors.ts'
import type { Events } from '../events.ts'
import type { BadFrame, ClientFrame } from '../protocol/frames.ts'

/** The wheel's turns are shorter than a minute. */
const longestHoldMs = 30_000

/**
 * The frame that begins everything, and those that nothing answers: to refuse them would only break something. The latter
 * count as refused, so that not even they can come for ever.
 */
export const isTakenAnyway = ({ traffic }: Connection, { kind }: ClientFrame): boolean =>
  kind === 'hello' || ((kind === 'confirm' || kind === 'cancel') && traffic?.refuse() !== false)

/** Refuses one frame, or ends the connection of one that was refused too often. */
export function refuseRate(
  { events }: { readonly events: Pick<Events, 'refused'> },
  connection: Connection,
  frame: ClientFrame | BadFrame,
  waitMs: number,
): void {
  events.refused('rate-limited')
  if (connection.session === undefined || connection.traffic?.refuse() === false)
    return connection.close('rate-limited', 'too many messages')
  connection.refuse(
    refuse('rate-limited', `too much; wait ${waitMs} ms`, { retryAfterMs: waitMs }),
    'id' in frame ? frame.id : undefined,
  )
}

/** Raw clients cannot be told: their message waits, the socket is not read, and TCP slows them down. */
export function holdFor(
  wheel: TimerWheel,
  connection: Connection,
  bytes: Buffer,
  binary: boolean,
  waitMs: number,
): void {
  connection.hold()
  connection.receive(bytes, binary)
  wheel.after(Math.min(waitMs, longestHoldMs), () => connection.release())
}
