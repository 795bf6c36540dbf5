// One record as a backend gets it: the value, what its headers say, and how to answer it.
import type { IHeaders, KafkaMessage } from 'kafkajs'
import { toPayload, type Value } from './payload.ts'
import type { Outgoing, Place } from './record.ts'

/** Thrown by a handler for a record that will never succeed: it goes to the dead letters without further attempts. */
export class Unprocessable extends Error {
  override readonly name = 'Unprocessable'
}

export type ReplyOptions = {
  /** Further replies follow; the last one has none. */
  readonly more?: boolean
  /** A code of your own: the request failed. */
  readonly error?: string
  /** Shown as `type`. Default: that of the record. */
  readonly type?: string
  /** Default: `application/json`, or `text/plain` for a string; the record's own for a Buffer. */
  readonly contentType?: string
}

export type Received = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly key: Buffer | null
  /** The payload; empty for a null value. */
  readonly value: Buffer
  /** The payload read as JSON. Throws Unprocessable when it is none. */
  json(): unknown
  /** All headers as text; of a repeated one the last. */
  readonly headers: Readonly<Record<string, string>>
  /** All headers as they came. */
  readonly rawHeaders: IHeaders
  readonly session?: string
  /** Absent for an anonymous client. */
  readonly user?: string
  /** Empty where there are no tenants. */
  readonly tenant: string
  readonly type?: string
  /** With `source` it names the frame: copies of one frame have the same two. */
  readonly id?: string
  readonly source?: string
  /** The client's id of a request; absent for a publish. */
  readonly request?: string
  /** When nobody waits for the answer any more. */
  readonly expiry?: Date
  readonly replyTo?: string
  /** W3C traceparent. */
  readonly trace?: string
  /** True: says that nobody waits for the request of this id any more. Only seen with the option `cancels`. */
  readonly cancel: boolean
  /** 1 the first time, one more with each retry. */
  readonly attempt: number
  /**
   * Answers the client. Throws Unprocessable where the record has no `ce_replyto`. Resolves once Kafka has stored it.
   */
  reply(value: Value, options?: ReplyOptions): Promise<Place>
}

export type Arrival = { readonly topic: string; readonly partition: number; readonly message: KafkaMessage }
export type Publish = (record: Outgoing) => Promise<Place>

const toTexts = (headers: IHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, given]) => {
      const last: Buffer | string | null | undefined = Array.isArray(given) ? given.at(-1) : given
      return last === undefined || last === null ? [] : [[name, last.toString()]]
    }),
  )

/** The reply to a record: all its headers copied, with a new value. Undefined where it does not say where to. */
export function toReply(
  headers: Readonly<Record<string, string>>,
  raw: IHeaders,
  value: Value,
  options: ReplyOptions,
): Outgoing | undefined {
  const topic = headers['ce_replyto']
  if (topic === undefined) return undefined
  const { bytes, contentType = headers['content-type'] } = toPayload(value)
  const { ce_more: _more, ce_error: _error, 'content-type': _contentType, ...copied } = raw
  const type = options.contentType ?? contentType
  return {
    topic,
    key: headers['ce_session'] ?? null,
    value: bytes,
    headers: {
      ...copied,
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(options.type === undefined ? {} : { ce_type: options.type }),
      ...(options.more ? { ce_more: 'true' } : {}),
      ...(options.error === undefined ? {} : { ce_error: options.error }),
    },
  }
}

const fields = {
  ce_session: 'session',
  ce_subject: 'user',
  ce_type: 'type',
  ce_id: 'id',
  ce_source: 'source',
  ce_request: 'request',
  ce_replyto: 'replyTo',
  traceparent: 'trace',
} as const

export function toReceived(
  { topic, partition, message }: Arrival,
  attempt: number,
  publish: Publish,
): Received {
  const rawHeaders = message.headers ?? {}
  const headers = toTexts(rawHeaders)
  const value = message.value ?? Buffer.alloc(0)
  const expiry = Date.parse(headers['ce_expirytime'] ?? '')
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key,
    value,
    json() {
      try {
        return JSON.parse(value.toString())
      } catch (error) {
        throw new Unprocessable(`not JSON: ${(error as Error).message}`)
      }
    },
    headers,
    rawHeaders,
    ...Object.fromEntries(
      Object.entries(fields).flatMap(([header, field]) =>
        headers[header] === undefined ? [] : [[field, headers[header]]],
      ),
    ),
    tenant: headers['ce_tenant'] ?? '',
    ...(Number.isNaN(expiry) ? {} : { expiry: new Date(expiry) }),
    cancel: headers['ce_cancel'] === 'true',
    attempt,
    async reply(answer, options = {}) {
      const record = toReply(headers, rawHeaders, answer, options)
      if (!record) throw new Unprocessable('this record has no ce_replyto')
      return publish(record)
    },
  }
}
