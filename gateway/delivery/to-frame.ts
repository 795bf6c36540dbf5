// The frame a client sees of a delivery: a reply to its request, or a message. Pure.
import type { ServerFrame } from '../protocol/frames.ts'
import type { Delivery } from './delivery.ts'

/** `position` is where a client that has this frame resumes; `time` is Kafka's, in milliseconds since the epoch. */
export function toFrame(delivery: Delivery, session: string, position: string, time: number): ServerFrame {
  const { type, headers, trace, payload } = delivery
  const shown = {
    position,
    time,
    payload,
    ...(type === undefined ? {} : { type }),
    ...(headers === undefined ? {} : { headers }),
    ...(trace === undefined ? {} : { trace }),
  }
  if (delivery.request !== undefined && delivery.session === session) {
    return {
      kind: 'reply',
      request: delivery.request,
      ...(delivery.more ? { more: true } : {}),
      ...(delivery.error === undefined ? {} : { error: delivery.error }),
      ...shown,
    }
  }
  return { kind: 'message', ...(delivery.id === undefined ? {} : { id: delivery.id }), ...shown }
}
