// What a gateway wrote about a record that it sent on: where it began, how far it came, and for which generation. Pure.
import { headerOf } from './headers.ts'
import type { IncomingRecord } from './ports.ts'
import { verify } from './signature.ts'
import { formatTarget, type Target } from './targets.ts'

/** Said by a gateway of this cluster, which its signature proves. */
export type Mark = {
  /** The delivery's first place in any log: `topic/partition/offset`. */
  readonly origin: string
  readonly hops: number
  /** Its first place in a slot's log; absent where this record is that. */
  readonly place?: { readonly slot: number; readonly offset: number }
  /** Generation of the session under which it was sent here; -1 where none was known. */
  readonly generation: number
}

const empty = Buffer.alloc(0)

/** Undefined for a record without a mark. */
export function readMark(
  record: IncomingRecord,
  targets: readonly Target[],
  tenant: string,
  secrets: readonly string[],
): Mark | 'forged' | undefined {
  const signature = headerOf(record, 'ce_gateway')
  if (signature === undefined) return undefined
  const origin = headerOf(record, 'ce_origin') ?? ''
  const place = headerOf(record, 'ce_place') ?? ''
  const hops = Number(headerOf(record, 'ce_hops') ?? 0)
  const generation = Number(headerOf(record, 'ce_generation') ?? -1)
  const to = targets.map(formatTarget).join(',')
  const kind = to === 'everyone' ? 'everyone' : 'forward'
  const value = record.value ?? empty
  const signed = { kind, origin, place, to, hops, generation, tenant, value }
  if (!verify(signed, signature, secrets)) return 'forged'
  const mark = { origin, hops, generation }
  if (place === '') return mark
  const [slot, offset] = place.split('/').map(Number)
  return { ...mark, place: { slot: slot ?? 0, offset: offset ?? 0 } }
}
