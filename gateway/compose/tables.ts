// The tables that admission stands on: read to their ends before a node takes anyone, and known to be current ever after.
import type { Table } from '../admission/ports.ts'
import { Standing } from '../admission/standing.ts'
import { createTable } from '../broker/table.ts'
import type { Config } from '../config/settings.ts'
import type { Events } from '../events.ts'
import type { LogRanges } from '../slots/ports.ts'

export type TableParts = {
  readonly config: Config
  readonly ranges: LogRanges
  readonly events: Events
  readonly signal: AbortSignal
}

export type Tables = {
  readonly revocations: Table
  /** Undefined: API keys are not in use. */
  readonly apiKeys: Table | undefined
  readonly standing: Standing
  /** Which of them cannot be relied on, and why. */
  troubles(): readonly { readonly code: string; readonly message: string }[]
  /** Resolves when all have been read. */
  ready(signal: AbortSignal): Promise<void>
  stop(): void
}

export function composeTables({ config, ranges, events, signal }: TableParts): Tables {
  const { topics, auth } = config
  const most = { entries: config.tables.entries, bytes: config.tables.size }
  const tableOf = (topic: string) => createTable({ ranges, topic, most, events, signal })
  const revocations = tableOf(topics.revocations)
  const apiKeys = auth.apiKeys.enabled ? tableOf(topics.keys) : undefined
  const all = [
    { code: 'revocations-unread', table: revocations },
    ...(apiKeys === undefined ? [] : [{ code: 'keys-unread', table: apiKeys }]),
  ]
  const standing = new Standing({ tables: all.map(({ table }) => table), onFrozen: events.frozen })
  return {
    revocations,
    apiKeys,
    standing,
    troubles: () =>
      all.flatMap(({ code, table }) =>
        table.trouble === undefined ? [] : [{ code, message: table.trouble }],
      ),
    async ready(wanted) {
      await Promise.all(all.map(({ table }) => table.ready(wanted)))
      standing.start()
    },
    stop: () => standing.stop(),
  }
}
