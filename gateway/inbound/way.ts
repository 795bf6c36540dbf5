// Where a publish or a request goes: by a route or to a channel, or why it may not.
import type { Channels, Destination } from '../channels/ports.ts'
import type { Connection } from '../connection/connection.ts'
import { type Refusal, refuse } from '../errors.ts'
import { reflected } from '../payloads/message-type.ts'
import type { Taken } from '../payloads/payload-rule.ts'
import type { Publish, Request } from '../protocol/frames.ts'
import type { Session } from '../session/session.ts'
import { authorize, expired } from './authorize.ts'
import { keyOf } from './key.ts'
import type { OutgoingRecord } from './ports.ts'
import { type Stamp, toChannelRecord, toRecord } from './record.ts'
import type { Route, Routes } from './routes.ts'

export type Way = { readonly route: Route } | ({ readonly channel: string } & Destination)

export type WayDeps = {
  readonly routes: Routes
  readonly channels: Pick<Channels, 'destinationOf'>
}

/** `now` in milliseconds since the epoch. */
export function wayOf(
  { routes, channels }: WayDeps,
  connection: Connection,
  { principal }: Session,
  frame: Publish | Request,
  now: number,
): Way | Refusal {
  if (frame.kind === 'publish' && frame.channel !== undefined) {
    const { channel } = frame
    const over = expired(principal, now)
    if (over !== undefined) return over
    const destination = channels.destinationOf(connection, channel)
    return 'code' in destination ? destination : { channel, ...destination }
  }
  const route = routes.pick(frame, connection.path)
  if (route === undefined) return unknownRoute(frame)
  return authorize(route, principal, now, frame.type) ?? { route }
}

/** Whether the rule of this way looks at the payload. */
const asksPayload = (way: Way): boolean =>
  ('route' in way ? way.route.allowsPayload : way.allowsPayload) !== undefined

/** The payload as its message, where this way says what it must be; undefined where it may be anything. */
export function payloadOn(way: Way, session: Session, frame: Publish | Request): Taken | Refusal | undefined {
  const rule = 'route' in way ? way.route.payload : way.payload
  if (rule === undefined) return undefined
  const taken = rule.take(frame.payload, frame.type)
  if ('code' in taken || !asksPayload(way)) return taken
  return authorizePayload(way, session, frame, taken) ?? taken
}

/** The second stage of the rule that `wayOf` has asked. */
function authorizePayload(
  way: Way,
  { principal }: Session,
  frame: Publish | Request,
  { type, message }: Taken,
): Refusal | undefined {
  const payload = { message: reflected(type, message) }
  if (!('route' in way)) {
    const allowed = way.allowsPayload?.(payload) ?? true
    return allowed ? undefined : refuse('forbidden', `channel: you may not publish this to "${way.channel}"`)
  }
  const { name, allowsPayload } = way.route
  const allowed = allowsPayload?.(principal, { type: frame.type ?? '' }, payload) ?? true
  return allowed ? undefined : refuse('forbidden', `route "${name}" does not take this from you`)
}

const unknownRoute = (frame: Publish | Request): Refusal =>
  refuse(
    'unknown-route',
    frame.route === undefined
      ? 'the frame names no route and none matches it'
      : `there is no route "${frame.route}"`,
  )

/** Whether the ack shows the place in Kafka. */
export const showsPlace = (way: Way): boolean => !('route' in way) || way.route.ack === 'full'

/** The record that the frame becomes on its way. */
export function recordOn(
  way: Way,
  session: Session,
  frame: Publish | Request,
  stamp: Omit<Stamp, 'key'>,
): OutgoingRecord | Refusal {
  const { taken } = stamp
  if (!('route' in way)) {
    return frame.kind === 'publish'
      ? toChannelRecord(frame, way, session, { ...stamp, key: way.channel })
      : refuse('invalid-frame', 'a request goes to a route')
  }
  const keyed = keyOf(way.route, session, frame.key, frame.payload.bytes, taken)
  return 'code' in keyed ? keyed : toRecord(frame, way.route, session, { ...stamp, key: keyed.key })
}
