// What a backend reads and how: topics, groups, schemas, limits.
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import type { HandlingOptions } from './handling.ts'
import type { Value } from './payload.ts'
import type { Received, ReplyOptions } from './received.ts'
import type { Place } from './record.ts'
import type { RepeatOptions } from './repeats.ts'
import type { Form } from './typed.ts'

export type Source = HandlingOptions & {
  readonly topic: string | readonly string[]
  /** Another group than the backend's: each `consume` of one backend needs its own. */
  readonly group?: string
  /** Records in hand at a time, over all partitions. Default 16. */
  readonly concurrency?: number
  /** Records of one partition that may wait for their turn here; of those behind no cancel is seen. Default 500. */
  readonly mostInHand?: number
  /**
   * Milliseconds after which Kafka gives the partitions of a member that it does not hear of to others: the time that a
   * crash costs. Default 30 s; the least that brokers allow is 6 s by default.
   */
  readonly sessionTimeoutMs?: number
  /** Whether copies of a frame are handled once. Default: the newest 10,000 frames are remembered. */
  readonly repeats?: RepeatOptions | false
  /** What handlers say is stored in one transaction with what they have read. Default false. */
  readonly transactions?: boolean
  /** The most records that `consumeBatches` hands on at once, or that one transaction has. Default 100. */
  readonly batch?: number
}

export type TypedSource<D extends DescMessage, R extends DescMessage | undefined> = Source & {
  /** What the payloads are, as JSON or protobuf; what is none goes to the dead letters. */
  readonly schema: D
  /** What replies are. */
  readonly replies?: R | undefined
  /** How replies are written. Default: as the request came. */
  readonly replyAs?: Form
}

type ReplyValue<R extends DescMessage | undefined> = R extends DescMessage ? MessageInitShape<R> : Value

/** A record whose payload is a message of a schema. */
export type TypedReceived<D extends DescMessage, R extends DescMessage | undefined> = Omit<
  Received,
  'reply' | 'replyEach'
> & {
  readonly message: MessageShape<D>
  /** As that of any record. With `error` the value may be anything, for it says more about a failure. */
  reply(value: ReplyValue<R>, options?: ReplyOptions & { readonly error?: never }): Promise<Place>
  reply(value: Value, options: ReplyOptions & { readonly error: string }): Promise<Place>
  replyEach(
    values: AsyncIterable<ReplyValue<R>> | Iterable<ReplyValue<R>>,
    options?: { readonly last?: ReplyValue<R> },
  ): Promise<void>
}
