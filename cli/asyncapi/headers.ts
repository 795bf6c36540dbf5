// The headers of records, as TOPICS.md describes them. Pure.
import type { JsonSchema } from './rules.ts'

const text = (description: string): JsonSchema => ({ type: 'string', description })

const shared = {
  ce_specversion: { const: '1.0' },
  ce_id: text('the same on every copy of a message'),
  ce_type: text('what the value is'),
  ce_dataschema: text('proto:<full name> of the message that the value is'),
  'content-type': text('media type of the value'),
  traceparent: text('W3C trace context'),
}

/** Of what gateways write to the topics of routes. */
export const inboundHeaders: JsonSchema = {
  type: 'object',
  properties: {
    ...shared,
    ce_source: text('/openclaw/<cluster>'),
    ce_time: { type: 'string', format: 'date-time' },
    ce_subject: text('the user; absent when anonymous'),
    ce_tenant: text('the tenant; absent when it is the empty one'),
    ce_session: text('id of the session'),
    ce_replyto: text('topic that replies go to'),
    ce_request: text('id of a request; absent on a publish'),
    ce_sequence: text("the client's own count, 20 digits"),
  },
  required: ['ce_specversion', 'ce_id', 'ce_type', 'ce_session'],
}

/** Of what backends write for clients. */
export const deliveryHeaders: JsonSchema = {
  type: 'object',
  properties: {
    ...shared,
    ce_to: text('session:<id>, user:<id>, channel:<name> or everyone; several with commas'),
    ce_tenant: text('the tenant of the targets'),
    ce_session: text('copied from a request: its reply goes there'),
    ce_request: text('copied from a request: this is its reply'),
    ce_expirytime: { type: 'string', format: 'date-time', description: 'not delivered after this' },
    ce_receipt: { enum: ['written', 'confirmed', 'failed'], description: 'a receipt is wanted' },
  },
}
