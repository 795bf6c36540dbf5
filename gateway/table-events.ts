// What happens to the tables that admission stands on, and what revocations do: part of the events.
import { capped, type Log } from './log.ts'
import type { Metrics } from './metrics.ts'

export const createTableEvents = (log: Log, metrics: Metrics) => ({
  frozen: (ms: number) =>
    log.warn({ ms: Math.round(ms) }, 'this process stood still; nothing is taken until it has looked again'),
  revoked(connections: number, absent: number) {
    metrics.revoked.inc({ what: 'connection' }, connections)
    metrics.revoked.inc({ what: 'absent-session' }, absent)
    log.info({ connections, absent }, 'revoked: connections closed, absent sessions ended')
  },
  revocationUnreadable: (key: string, why: string) =>
    log.error({ key: capped(key), why }, 'a record of the revocations says less than it should'),
  tableRead: (topic: string, entries: number, ms: number) =>
    log.info({ topic, entries, ms: Math.round(ms) }, 'table read'),
  tableTrouble: (topic: string, why: string) =>
    log.error({ topic, failure: capped(why) }, 'a table cannot be relied on; nobody new is let in'),
})
