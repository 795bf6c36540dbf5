// Buckets side by side: those of one direction, some for messages and some for bytes.
import type { Rate } from '../config/units.ts'
import { Bucket, type Limit } from './bucket.ts'

/** Absent: not limited. */
export type FlowRates = {
  readonly messages?: Rate | undefined
  readonly bytes?: Rate | undefined
  readonly messagesOut?: Rate | undefined
  readonly bytesOut?: Rate | undefined
}

export type Lane = { readonly messages: Limit[]; readonly bytes: Limit[] }

/** `whose` begins the names of the buckets. */
export function lanesOf(whose: string, rates: FlowRates, now: number): { in: Lane; out: Lane } {
  const bucket = (what: string, rate: Rate | undefined) =>
    rate === undefined ? [] : [new Bucket(`${whose}.${what}`, rate, now)]
  return {
    in: { messages: bucket('messages', rates.messages), bytes: bucket('bytes', rates.bytes) },
    out: { messages: bucket('messagesOut', rates.messagesOut), bytes: bucket('bytesOut', rates.bytesOut) },
  }
}

export const isEmpty = ({ messages, bytes }: Lane): boolean => messages.length === 0 && bytes.length === 0

export const joinLanes = (one: Lane, other: Lane): Lane => ({
  messages: [...one.messages, ...other.messages],
  bytes: [...one.bytes, ...other.bytes],
})

export function addLane(lane: Lane, more: Lane): void {
  lane.messages.push(...more.messages)
  lane.bytes.push(...more.bytes)
}
