// A record on its way out, and the place it gets.
import type { IHeaders } from 'kafkajs'

export type Outgoing = {
  readonly topic: string
  /** Picks the partition. Without a key it is `partition`, by default 0. */
  readonly key: Buffer | string | null
  readonly partition?: number
  readonly value: Buffer | null
  readonly headers: IHeaders
}

/** Where a record is in Kafka. */
export type Place = { readonly topic: string; readonly partition: number; readonly offset: number }

/** Found here, since a record that kafkajs cannot encode would take its neighbours with it. */
export const isHeader = (given: unknown): boolean =>
  given === null ||
  given === undefined ||
  typeof given === 'string' ||
  Buffer.isBuffer(given) ||
  (Array.isArray(given) && given.every(isHeader))
