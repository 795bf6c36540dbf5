// Sends a delivery on to the slot its session is on now, marked so that the next gateway trusts where it began. Pure.
import type { OutgoingRecord } from '../inbound/ports.ts'
import type { Delivery } from './delivery.ts'
import type { IncomingRecord, SessionEntry } from './ports.ts'
import { sign } from './signature.ts'
import { formatTarget, type Target } from './targets.ts'

/** Headers that each hop writes anew; everything else of the record goes on unchanged. */
const rewritten = new Set([
  'ce_to',
  'ce_origin',
  'ce_for',
  'ce_place',
  'ce_hops',
  'ce_generation',
  'ce_gateway',
  'ce_tenant',
])

/** What a gateway adds where it sends on what it read from a slot's log, or where it knows the session. */
export type ForwardOptions = {
  /** First place in a slot's log, as `slot/offset`; absent where this record is to be it. */
  readonly place?: string
  /** Generation under which the session's place was found. */
  readonly generation?: number
  /** It was addressed to a user, whose sessions were looked up. */
  readonly ofUser?: boolean
}

/** One record for one target. The key is the target, so that its order is kept on the way. */
export function toForward(
  record: IncomingRecord,
  delivery: Delivery,
  target: Target,
  topic: string,
  secret: string,
  { place = '', generation = -1, ofUser = delivery.ofUser ?? false }: ForwardOptions = {},
): OutgoingRecord {
  const to = formatTarget(target)
  const hops = delivery.hops + 1
  const value = record.value ?? Buffer.alloc(0)
  const kind = target.kind === 'everyone' ? 'everyone' : 'forward'
  const { origin, tenant } = delivery
  const headers: Record<string, string> = {}
  for (const name in record.headers) {
    if (!rewritten.has(name)) headers[name] = record.headers[name]?.toString() ?? ''
  }
  headers['ce_to'] = to
  headers['ce_origin'] = origin
  headers['ce_hops'] = String(hops)
  if (place !== '') headers['ce_place'] = place
  if (generation >= 0) headers['ce_generation'] = String(generation)
  if (ofUser) headers['ce_for'] = 'user'
  // The empty one is said where it was said: else an event in its JSON form could name another.
  if (tenant !== '' || record.headers['ce_tenant'] !== undefined) headers['ce_tenant'] = tenant
  headers['ce_gateway'] = sign({ kind, origin, place, to, hops, generation, tenant, value }, secret)
  return {
    topic,
    key: target.kind === 'session' ? target.session : to,
    ...(target.kind === 'channel' ? {} : { partition: 0 }),
    value,
    headers,
  }
}

const empty = Buffer.alloc(0)

/** Ends a session wherever it is by now: it goes through the logs as a delivery does. */
export function toClose(
  { session, generation, tenant }: SessionEntry,
  topic: string,
  secret: string,
): OutgoingRecord {
  const to = `session:${session}`
  const signed = { kind: 'forward', origin: topic, place: '', to, hops: 1, generation, tenant, value: empty }
  return {
    topic,
    key: session,
    partition: 0,
    value: empty,
    headers: {
      ce_to: to,
      ce_command: 'close',
      ce_origin: topic,
      ce_hops: '1',
      ce_generation: String(generation),
      ...(tenant === '' ? {} : { ce_tenant: tenant }),
      ce_gateway: sign(signed, secret),
    },
  }
}
