// One record as a backend gets it: the value, what its headers say, and how to answer it.
import type { IHeaders } from 'kafkajs'
import { toText } from './log.ts'
import { toPayload, type Value } from './payload.ts'
import { type Arrival, type Outgoing, type Place, type Publish, toTexts } from './record.ts'
import { type SendOptions, type SendTopics, type Targets, toDelivery } from './send.ts'
import { toReplies } from './streamed.ts'
import { Unprocessable } from './unprocessable.ts'

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
  /** Aborts when the request is cancelled, its time is over, or the partition was given to another member. */
  readonly signal: AbortSignal
  /**
   * Answers the client. Throws Unprocessable where the record has no `ce_replyto`. Resolves once Kafka has stored it.
   */
  reply(value: Value, options?: ReplyOptions): Promise<Place>
  /**
   * Answers with each value as it comes, and with `last` at the end, or with the last of the values, which then waits for
   * the end. Stops when `signal` aborts.
   */
  replyEach(
    values: AsyncIterable<Value> | Iterable<Value>,
    options?: { readonly last?: Value },
  ): Promise<void>
  /** As the backend's, with the record's tenant and trace; in a transaction a part of it. */
  sendTo(targets: Targets, value: Value, options?: SendOptions): Promise<Place>
}

/** What a record is handled with. */
export type Hand = {
  readonly attempt: number
  readonly signal: AbortSignal
  readonly publish: Publish
  readonly reply: Publish
  readonly topics: SendTopics
}

/** The reply to a record: all its headers copied, with a new value. Undefined where it does not say where to. */
export function toReply(
  headers: Readonly<Record<string, string>>,
  raw: IHeaders,
  value: Value,
  options: ReplyOptions & { readonly dataSchema?: string },
): Outgoing | undefined {
  const topic = headers['ce_replyto']
  if (topic === undefined) return undefined
  const { bytes, contentType = headers['content-type'] } = toPayload(value)
  const { ce_more: _more, ce_error: _error, 'content-type': _contentType, ...copied } = raw
  // The schema is the request's; bytes that are sent back as they came have it still.
  if (!Buffer.isBuffer(value) || options.dataSchema !== undefined) delete copied['ce_dataschema']
  const type = options.contentType ?? contentType
  return {
    topic,
    key: headers['ce_session'] ?? null,
    value: bytes,
    headers: {
      ...copied,
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(options.dataSchema === undefined ? {} : { ce_dataschema: options.dataSchema }),
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

/** When nobody waits for the answer any more. */
export function expiryOf(headers: Readonly<Record<string, string>>): Date | undefined {
  const expiry = Date.parse(headers['ce_expirytime'] ?? '')
  return Number.isNaN(expiry) ? undefined : new Date(expiry)
}

export function toReceived({ topic, partition, message }: Arrival, hand: Hand): Received {
  const rawHeaders = message.headers ?? {}
  const headers = toTexts(rawHeaders)
  const value = message.value ?? Buffer.alloc(0)
  const expiry = expiryOf(headers)
  const { attempt, signal } = hand
  const tenant = headers['ce_tenant'] ?? ''
  const trace = headers['traceparent']
  const received: Received = {
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
        throw new Unprocessable(`not JSON: ${toText(error)}`)
      }
    },
    headers,
    rawHeaders,
    ...Object.fromEntries(
      Object.entries(fields).flatMap(([header, field]) =>
        headers[header] === undefined ? [] : [[field, headers[header]]],
      ),
    ),
    tenant,
    ...(expiry === undefined ? {} : { expiry }),
    cancel: headers['ce_cancel'] === 'true',
    attempt,
    signal,
    async reply(answer, options = {}) {
      const record = toReply(headers, rawHeaders, answer, options)
      if (!record) throw new Unprocessable('this record has no ce_replyto')
      return hand.reply(record)
    },
    async replyEach(values, options = {}) {
      for await (const { value: each, more } of toReplies(values, options, signal))
        await received.reply(each, { more })
    },
    async sendTo(targets, given, options = {}) {
      const all = {
        ...(tenant === '' ? {} : { tenant }),
        ...(trace === undefined ? {} : { trace }),
        ...options,
      }
      return hand.publish(toDelivery(targets, given, all, hand.topics))
    },
  }
  return received
}
