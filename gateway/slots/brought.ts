// What is still to be said of a session that came back, once its client has what it missed.
import type { Append } from '../delivery/surely.ts'
import type { Session } from '../session/session.ts'
import type { BroughtBack } from './bring-back.ts'
import { toControl } from './control-records.ts'
import type { Departures } from './departures.ts'
import type { Item } from './read-record.ts'

export type Brought = Pick<BroughtBack, 'others' | 'next' | 'hash'> & {
  /** Deliveries that a receipt is wanted of once the client has confirmed them. */
  readonly asked: readonly Item[]
}

export type SettleDeps = {
  readonly append: Append
  readonly departures: Departures
  readonly secret: string
  readonly slotTopic: string
}

export const toBrought = ({ confirms }: Session, { others, next, hash, missed }: BroughtBack): Brought => ({
  others,
  next,
  hash,
  asked: confirms ? missed.flatMap(({ item }) => (item.delivery.receipt === 'confirmed' ? [item] : [])) : [],
})

/**
 * The old logs need not keep what the client has, once Kafka was told of it. Rejects when the node stops: whoever has those
 * slots next finds all of it there.
 */
export async function saySettled(
  deps: SettleDeps,
  session: string,
  { others, asked }: Brought,
): Promise<void> {
  const { append, departures, secret, slotTopic } = deps
  await Promise.all(
    asked.map(({ delivery, record, target }) => departures.receipt(delivery, record, target, 'confirmed')),
  )
  for (const { slot, from, marker } of others) {
    if (marker === undefined || marker <= from) continue
    const settled = { kind: 'settled', session, from, to: marker } as const
    await append(toControl(settled, `${slotTopic}${slot}`, secret))
  }
}
