// Reading the headers of a record. Pure.
import type { IncomingRecord } from './ports.ts'

/** Reads one header as text. */
export const headerOf = (record: IncomingRecord, name: string): string | undefined =>
  record.headers[name]?.toString()

/** The `x-` headers, shown to the client as they are. */
export function ownHeaders(record: IncomingRecord): Record<string, string> | undefined {
  let own: Record<string, string> | undefined
  for (const name in record.headers) {
    if (!name.startsWith('x-')) continue
    own ??= {}
    own[name] = record.headers[name]?.toString() ?? ''
  }
  return own
}
