// Sends a delivery on to the slot its session is on now, marked so that the next gateway trusts where it began. Pure.
import type { OutgoingRecord } from '../inbound/ports.ts'
import type { Delivery } from './delivery.ts'
import type { IncomingRecord } from './ports.ts'
import { sign } from './signature.ts'
import { formatTarget, type Target } from './targets.ts'

/** Headers that each hop writes anew; everything else of the record goes on unchanged. */
const rewritten = new Set(['ce_to', 'ce_origin', 'ce_hops', 'ce_gateway', 'ce_tenant'])

/** One record for one target. The key is the target, so that its order is kept on the way. */
export function toForward(
  record: IncomingRecord,
  delivery: Delivery,
  target: Target,
  topic: string,
  secret: string,
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
  if (tenant !== '') headers['ce_tenant'] = tenant
  headers['ce_gateway'] = sign({ kind, origin, to, hops, tenant, value }, secret)
  return {
    topic,
    key: target.kind === 'session' ? target.session : to,
    ...(target.kind === 'channel' ? {} : { partition: 0 }),
    value,
    headers,
  }
}
