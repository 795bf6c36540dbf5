// Reading the headers of a record. Pure.
import type { IncomingRecord } from './ports.ts'

/** Reads one header as text. */
export const headerOf = (record: IncomingRecord, name: string): string | undefined =>
  record.headers[name]?.toString()
