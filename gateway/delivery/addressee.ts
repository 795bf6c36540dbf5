// Whom a record is for, by its headers or its key, and which request it answers. Pure.
import { sessionPattern } from '../session/identity.ts'
import { headerOf } from './headers.ts'
import type { IncomingRecord } from './ports.ts'
import { parseTarget, parseTargets, type Target } from './targets.ts'

type Answered = { readonly session: string; readonly request: string | undefined }

/** The session and request this answers, as our headers or as Spring's correlation id say. */
export function answeredBy(record: IncomingRecord): Answered | undefined {
  const session = headerOf(record, 'ce_session')
  if (session !== undefined) return { session, request: headerOf(record, 'ce_request') }
  const [of, request] = headerOf(record, 'kafka_correlationId')?.split('/', 2) ?? []
  // Others use this header, too.
  if (of === undefined || !sessionPattern.test(of)) return undefined
  return { session: of, request: request || undefined }
}

/** Whom the record is for; a sentence where it does not say that. On dispatch its key may say it. */
export function targetsOf(
  record: IncomingRecord,
  session: string | undefined,
  { from, maxTargets }: { readonly from: string; readonly maxTargets: number },
): readonly Target[] | string {
  const to = headerOf(record, 'ce_to')
  if (to !== undefined) {
    return parseTargets(to, maxTargets) ?? `ce_to is no list of up to ${maxTargets} targets`
  }
  if (session !== undefined && sessionPattern.test(session)) return [{ kind: 'session', session }]
  const key = session === undefined && from === 'dispatch' ? record.key?.toString() : undefined
  const target = parseTarget(key ?? '')
  return target === undefined ? 'the record says neither ce_to nor ce_session' : [target]
}
