// The record that a frame becomes: CloudEvents headers beside the untouched payload. Pure.
import { formatTarget } from '../delivery/targets.ts'
import type { Taken } from '../payloads/payload-rule.ts'
import type { Publish, Request } from '../protocol/frames.ts'
import type { Session } from '../session/session.ts'
import type { OutgoingRecord } from './ports.ts'
import type { Route } from './routes.ts'

export type Stamp = {
  readonly cluster: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly key: string
  /** Second half of `ce_id`. */
  readonly id: string
  /** Milliseconds since the epoch, for a request. */
  readonly expiresAt?: number
  /** The payload as it is to be stored, where it had to be a message. */
  readonly taken?: Taken | undefined
}

const sequenceDigits = 20
/** `ce_type` of clients' messages on channels, before the client's own. */
const channelType = 'openclaw.channel'

/** Header names and meanings: TOPICS.md. A client can set nothing but `x-` names, its content type and its trace. */
export function toRecord(
  frame: Publish | Request,
  route: Route,
  session: Session,
  stamp: Stamp,
): OutgoingRecord {
  const { principal } = session
  const own = route.tenants?.get(principal.tenant)
  const { payload } = stamp.taken ?? frame
  const replyTo = own?.replyTo ?? session.replyTo
  const full = route.headers !== 'minimal'
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_source: `/openclaw/${stamp.cluster}`,
    ce_id: `${session.origin}/${stamp.id}`,
    ce_type: frame.type === undefined ? `openclaw.${route.name}` : `openclaw.${route.name}.${frame.type}`,
    ce_session: session.id,
    ce_replyto: replyTo,
    'content-type': payload.contentType,
  }
  if (stamp.taken !== undefined) headers['ce_dataschema'] = stamp.taken.schema
  if (principal.user !== undefined) headers['ce_subject'] = principal.user
  if (principal.tenant !== '') headers['ce_tenant'] = principal.tenant
  if (frame.sequence !== undefined)
    headers['ce_sequence'] = frame.sequence.toString().padStart(sequenceDigits, '0')
  if (frame.kind === 'request') headers['ce_request'] = frame.id
  if (stamp.expiresAt !== undefined) headers['ce_expirytime'] = isoExpiry(stamp.expiresAt)
  if (full) {
    headers['ce_time'] = isoTime(stamp.now)
    if (frame.trace !== undefined) headers['traceparent'] = frame.trace
    if (route.claims.length > 0) headers['ce_claims'] = claimsOf(route, session)
  }
  if (route.headers === 'spring') {
    headers['kafka_replyTopic'] = replyTo
    headers['kafka_correlationId'] = `${session.id}/${frame.kind === 'request' ? frame.id : ''}`
  }
  if (frame.headers !== undefined) Object.assign(headers, frame.headers)
  return { topic: own?.topic ?? route.topic, key: stamp.key, value: payload.bytes, headers }
}

/** A client's message on a channel: for all who listen to it, in the one partition of its topic. */
export function toChannelRecord(
  frame: Publish,
  { channel, topic }: { readonly channel: string; readonly topic: string },
  session: Session,
  stamp: Stamp,
): OutgoingRecord {
  const { principal } = session
  const { payload } = stamp.taken ?? frame
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_source: `/openclaw/${stamp.cluster}`,
    ce_id: `${session.origin}/${stamp.id}`,
    ce_type: frame.type === undefined ? channelType : `${channelType}.${frame.type}`,
    ce_to: formatTarget({ kind: 'channel', channel }),
    ce_session: session.id,
    ce_time: isoTime(stamp.now),
    'content-type': payload.contentType,
  }
  if (stamp.taken !== undefined) headers['ce_dataschema'] = stamp.taken.schema
  if (principal.user !== undefined) headers['ce_subject'] = principal.user
  if (principal.tenant !== '') headers['ce_tenant'] = principal.tenant
  if (frame.key !== undefined) headers['ce_conflationkey'] = frame.key
  if (frame.sequence !== undefined)
    headers['ce_sequence'] = frame.sequence.toString().padStart(sequenceDigits, '0')
  if (frame.trace !== undefined) headers['traceparent'] = frame.trace
  if (frame.headers !== undefined) Object.assign(headers, frame.headers)
  return { topic, key: stamp.key, partition: 0, value: payload.bytes, headers }
}

/** What tells a backend that nobody waits for this request any more: the same place and key, an empty value. */
export function toCancel(requestId: string, original: Omit<OutgoingRecord, 'value'>): OutgoingRecord {
  const { ce_expirytime: _expiry, ...headers } = original.headers
  return {
    ...original,
    value: Buffer.alloc(0),
    headers: {
      ...headers,
      ce_id: `${original.headers['ce_id']}:cancel`,
      ce_request: requestId,
      ce_cancel: 'true',
    },
  }
}

function claimsOf(route: Route, session: Session): string {
  const listed = route.claims.filter((name) => session.principal.claims[name] !== undefined)
  return JSON.stringify(Object.fromEntries(listed.map((name) => [name, session.principal.claims[name]])))
}

/** RFC 3339 of times that repeat: frames of one millisecond share the text. */
const createIso = (): ((ms: number) => string) => {
  let last = 0
  let text = new Date(last).toISOString()
  return (ms) => {
    if (ms !== last) {
      text = new Date(ms).toISOString()
      last = ms
    }
    return text
  }
}

const isoTime = createIso()
const isoExpiry = createIso()
