// Records that a backend with a mistake, or a hostile one, may write to slots, dispatch, channels and the tables.
import fc from 'fast-check'
import { bytes, nastyJson, nastyText } from './texts.ts'

const names = [
  'ce_to',
  'ce_session',
  'ce_tenant',
  'ce_except',
  'ce_request',
  'ce_more',
  'ce_error',
  'ce_expirytime',
  'ce_receipt',
  'ce_conflationkey',
  'ce_command',
  'ce_channel',
  'ce_reason',
  'ce_id',
  'ce_type',
  'ce_source',
  'ce_time',
  'ce_gateway',
  'ce_origin',
  'ce_place',
  'ce_hops',
  'ce_generation',
  'ce_dataschema',
  'content-type',
  'traceparent',
  'x-a',
  'kafka_correlationId',
]

const plausible = fc.constantFrom(
  'session:nobody',
  'user:nobody',
  'channel:room:fuzz',
  'everyone',
  'session:a,user:b,channel:room:fuzz',
  Array.from({ length: 150 }, (_, n) => `user:u${n}`).join(),
  'subscribe',
  'unsubscribe',
  'close',
  'room:fuzz',
  'true',
  'confirmed',
  '2026-01-01T00:00:00Z',
  '2999-01-01T00:00:00Z',
  'application/json',
  'application/cloudevents+json',
  'application/protobuf',
  'proto:openclaw.v1.ClientFrame',
  'v1.forged.mark',
  '1',
)

export type FuzzedRecord = {
  readonly key: string
  readonly value: Buffer | null
  readonly headers: Record<string, string | Buffer>
}

export const records: fc.Arbitrary<FuzzedRecord> = fc.record({
  key: nastyText.map((text) => text.slice(0, 200)),
  value: fc.oneof(
    bytes(200),
    nastyJson.map((json) => Buffer.from(JSON.stringify(json) ?? '')),
    fc.constant(null),
    fc.constant(Buffer.from('{"specversion":"1.0","id":"1","source":"/a","type":"t","data":{}}')),
  ),
  headers: fc.dictionary(
    fc.oneof(
      fc.constantFrom(...names),
      fc.constantFrom(...names),
      nastyText.map((text) => text.slice(0, 60)),
    ),
    fc.oneof(plausible, plausible, nastyText, bytes(20)),
    { maxKeys: 8 },
  ),
})
