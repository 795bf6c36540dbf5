// Control records: what gateways write into slot logs for each other. Now the canary, by which a node knows it is heard. Pure.
import type { OutgoingRecord } from '../inbound/ports.ts'
import { headerOf } from './delivery.ts'
import type { IncomingRecord } from './ports.ts'
import { sign, verify } from './signature.ts'

const canaryType = 'openclaw.control.canary'
const empty = Buffer.alloc(0)

export type Canary = { readonly node: string; readonly epoch: number }

const signed = (canary: Canary, topic: string) => ({
  kind: 'canary',
  origin: topic,
  to: canary.node,
  hops: canary.epoch,
  tenant: '',
  value: empty,
})

export function toCanary(canary: Canary, topic: string, secret: string): OutgoingRecord {
  return {
    topic,
    key: null,
    partition: 0,
    value: empty,
    headers: {
      ce_type: canaryType,
      ce_node: canary.node,
      ce_epoch: String(canary.epoch),
      ce_gateway: sign(signed(canary, topic), secret),
    },
  }
}

/**
 * A canary with a genuine mark. Undefined for any other record, which is a delivery: a backend may answer a route named
 * `control` with all headers copied, and what claims a mark that is not genuine is put aside as such.
 */
export function readControl(record: IncomingRecord, secrets: readonly string[]): Canary | undefined {
  const mark = headerOf(record, 'ce_gateway')
  if (mark === undefined || headerOf(record, 'ce_type') !== canaryType) return undefined
  const canary = { node: headerOf(record, 'ce_node') ?? '', epoch: Number(headerOf(record, 'ce_epoch')) }
  return verify(signed(canary, record.topic), mark, secrets) ? canary : undefined
}
