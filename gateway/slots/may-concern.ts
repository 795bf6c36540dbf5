// Whose a record of a slot's log is, as far as that can be told without proving its mark or reading all of it. Pure.
import { headerOf } from '../delivery/headers.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import { looksLikeControl } from './control-records.ts'

/** False: it surely is for sessions alone of which `has` says no. Records for nobody in particular may concern anyone. */
export function mayConcern(record: IncomingRecord, has: (session: string) => boolean): boolean {
  if (looksLikeControl(record)) return record.key === null || has(record.key.toString())
  const session = sessionOf(record)
  return session === undefined || has(session)
}

/** Undefined where only a full reading tells. */
function sessionOf(record: IncomingRecord): string | undefined {
  if (headerOf(record, 'content-type')?.startsWith('application/cloudevents')) return undefined
  const to = headerOf(record, 'ce_to')?.trim()
  if (to !== undefined) return to.startsWith('session:') ? to.slice(8) : to
  return headerOf(record, 'ce_session') ?? headerOf(record, 'kafka_correlationId')?.split('/', 1)[0]
}
