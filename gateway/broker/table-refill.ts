// Reads again what once did not fit into a table, now that there is room for it.
import type { LogRanges, RangeChunk } from '../slots/ports.ts'
import type { TableEntries } from './table-entries.ts'

type Part = {
  readonly ranges: Pick<LogRanges, 'read'>
  readonly topic: string
  readonly from: number
  readonly to: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Rejects with `BrokerFailure`, and then nothing has changed. */
export async function refill(entries: TableEntries, part: Part): Promise<void> {
  const { ranges, topic, from, to, timeoutMs, signal } = part
  const found = new Map<string, { readonly value: Buffer; readonly offset: number }>()
  const onChunk = ({ records }: RangeChunk): void => {
    for (const { key, value, offset } of records) {
      const name = String(key)
      if (value !== null && entries.isMissed(name)) found.set(name, { value: Buffer.from(value), offset })
    }
  }
  await ranges.read(topic, from, to, { timeoutMs, signal, onChunk })
  for (const [key, { value, offset }] of found) entries.putBack(key, value, offset)
}
