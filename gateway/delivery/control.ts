// Control records: what gateways write into slot logs for each other. Now the canary, by which a node knows it is heard. Pure.
import type { OutgoingRecord } from '../inbound/ports.ts'
import { headerOf } from './delivery.ts'
import type { IncomingRecord } from './ports.ts'
import { sign, verify } from './signature.ts'

const controlType = 'openclaw.control.'
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
      ce_type: `${controlType}canary`,
      ce_node: canary.node,
      ce_epoch: String(canary.epoch),
      ce_gateway: sign(signed(canary, topic), secret),
    },
  }
}

/** A canary with a genuine mark; 'forged' for a control record without one; undefined for any other record. */
export function readControl(
  record: IncomingRecord,
  secrets: readonly string[],
): Canary | 'forged' | undefined {
  if (record.headers['ce_type'] === undefined || !headerOf(record, 'ce_type')?.startsWith(controlType))
    return undefined
  const canary = { node: headerOf(record, 'ce_node') ?? '', epoch: Number(headerOf(record, 'ce_epoch')) }
  const genuine = verify(signed(canary, record.topic), headerOf(record, 'ce_gateway') ?? '', secrets)
  return genuine ? canary : 'forged'
}
