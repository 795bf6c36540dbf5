// Entries of channels for tests of what keeps and writes them.
import { type Entry, toEntry } from '../../../gateway/channels/entry.ts'

/** A message whose payload is its offset, or `text`. */
export function entryAt(
  offset: number,
  of: { text?: string; time?: number; conflationKey?: string; except?: string } = {},
): Entry {
  const { text = String(offset), time = 0, ...rest } = of
  const payload = { bytes: Buffer.from(text), contentType: 'application/json' }
  const message = { position: `p${offset}`, channel: 'a', time, payload }
  return toEntry(
    { partition: 0, offset, before: offset, hash: offset + 1 },
    { tenant: '', channel: 'a', message, ...rest },
  )
}

export const offsetsOf = (entries: readonly Entry[]): number[] => entries.map(({ offset }) => offset)
