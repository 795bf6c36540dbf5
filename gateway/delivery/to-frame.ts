// The frame a client sees of a delivery: a reply to its request, or a message. Pure.
import type { ServerFrame } from '../protocol/frames.ts'
import type { Delivery } from './delivery.ts'

type Building<T> = { -readonly [K in keyof T]: T[K] }
type Frame =
  | Building<Extract<ServerFrame, { kind: 'message' }>>
  | Building<Extract<ServerFrame, { kind: 'reply' }>>

/** `position` is where a client that has this frame resumes; `time` is Kafka's, in milliseconds since the epoch. */
export function toFrame(delivery: Delivery, session: string, position: string, time: number): ServerFrame {
  const { request, type, headers, trace, payload } = delivery
  const frame: Frame =
    request !== undefined && delivery.session === session
      ? { kind: 'reply', request, position, time, payload }
      : { kind: 'message', position, time, payload }
  if (frame.kind === 'message') {
    if (delivery.id !== undefined) frame.id = delivery.id
  } else {
    if (delivery.more) frame.more = true
    if (delivery.error !== undefined) frame.error = delivery.error
  }
  if (type !== undefined) frame.type = type
  if (headers !== undefined) frame.headers = headers
  if (trace !== undefined) frame.trace = trace
  return frame
}
