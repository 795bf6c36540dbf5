// A record on its way through the publisher, and the parts of a batch: what goes to one partition in one request.
import type { Publishable, PublishOutcome } from '../inbound/ports.ts'

/** One record from `publish` until its outcome was told. Times are `performance.now()` milliseconds. */
export type Entry = {
  readonly record: Publishable
  readonly onOutcome: (outcome: PublishOutcome) => void
  readonly deadline: number
  /** About the bytes it takes in a request. */
  readonly size: number
  settled: boolean
}

export type ProducerIdentity = { readonly id: bigint; readonly epoch: number }

/**
 * The records of one batch for one partition. While `doubt` is set an attempt may have stored it, and it must be sent
 * again exactly as it was: same records, same sequence.
 */
export type Part = {
  readonly topic: string
  readonly partition: number
  entries: Entry[]
  doubt: boolean
  /** Who it was first sent as, and its place in that producer's sequence for the partition. */
  producer: ProducerIdentity | undefined
  sequence: number
  /** The encoded batch, kept for the next attempt. */
  bytes: Buffer | undefined
}

const perHeader = 4
const perRecord = 24

/** About the bytes of a record in a request; exact for ASCII headers. */
export const sizeOf = ({ key, value, headers }: Publishable): number => {
  let size = perRecord + (value?.length ?? 0) + (key?.length ?? 0)
  for (const name in headers) size += perHeader + name.length + (headers[name] as string).length
  return size
}

export const toPart = (topic: string, partition: number, entries: Entry[]): Part => ({
  topic,
  partition,
  entries,
  doubt: false,
  producer: undefined,
  sequence: 0,
  bytes: undefined,
})
