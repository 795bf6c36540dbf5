// Control records as Kafka records: what gateways write into slot logs for each other, signed for the log they stand in. Pure.
import { headerOf } from '../delivery/headers.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import { forTopic, sign, verify } from '../delivery/signature.ts'
import type { OutgoingRecord } from '../inbound/ports.ts'
import type { Canary, ControlRecord, Ended, Settled, Takeover } from '../moving/control.ts'

const prefix = 'openclaw.control.'
const kinds: ReadonlySet<string> = new Set<ControlRecord['kind']>(['takeover', 'settled', 'ended', 'canary'])

/** A node's sign of life; `node` is the one that wrote it. */
export type NodeCanary = Canary & { readonly node: string }
export type SlotControl = Takeover | Settled | Ended | NodeCanary

/** What `readControl` would take if its mark is genuine. Its key then is the session that it is about; a canary has none. */
export const looksLikeControl = (record: IncomingRecord): boolean =>
  record.headers['ce_gateway'] !== undefined && headerOf(record, 'ce_type')?.startsWith(prefix) === true

/** The value is the record as JSON; the signature holds for this topic only. */
export function toControl(control: SlotControl, topic: string, secret: string): OutgoingRecord {
  const { kind, ...fields } = control
  const value = Buffer.from(JSON.stringify(fields))
  return {
    topic,
    key: 'session' in control ? control.session : null,
    partition: 0,
    value,
    headers: {
      ce_type: `${prefix}${kind}`,
      ce_gateway: sign(forTopic(`${prefix}${kind}`, topic, value), secret),
    },
  }
}

/**
 * A control record with a genuine mark. Undefined for any other record, which is a delivery: a backend may answer a route
 * named `control` with all headers copied, and what claims a mark that is not genuine is put aside as such.
 */
export function readControl(record: IncomingRecord, secrets: readonly string[]): SlotControl | undefined {
  const mark = record.headers['ce_gateway']
  if (mark === undefined || record.value === null) return undefined
  const type = headerOf(record, 'ce_type')
  if (!type?.startsWith(prefix)) return undefined
  const kind = type.slice(prefix.length)
  if (!kinds.has(kind)) return undefined
  if (!verify(forTopic(type, record.topic, record.value), mark.toString(), secrets)) return undefined
  return { kind, ...(JSON.parse(record.value.toString()) as object) } as SlotControl
}
