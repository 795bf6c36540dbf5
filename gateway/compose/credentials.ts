// Puts together what is known of credentials beside their own word: the tables of keys and revocations, and tickets.
import type { Connection } from '../connection/connection.ts'
import type { Registry } from '../registry/ports.ts'
import type { KeptSlot } from '../slots/keeper.ts'
import { composeKeys } from './api-keys.ts'
import type { CredentialParts } from './authenticators.ts'
import { type ComposedRevocations, composeRevocations } from './revocations.ts'
import { composeTables, type TableParts, type Tables } from './tables.ts'

export type Credentials = {
  readonly tables: Tables
  readonly revocations: ComposedRevocations
  readonly credentials: CredentialParts
}

export type KnownParts = TableParts & {
  readonly registry: Pick<Registry, 'tickets'>
  /** Those of clients, to be closed when their credential is no longer good. */
  readonly connections: () => Iterable<Connection>
  readonly kept: () => KeptSlot | undefined
}

export function composeCredentials(parts: KnownParts): Credentials {
  const { registry, connections, kept, events } = parts
  const tables = composeTables(parts)
  const keys = tables.apiKeys && composeKeys(tables.apiKeys, events)
  const apiKeys = keys?.authenticator
  const revocations = composeRevocations({ tables, apiKeys, connections, kept, events })
  keys?.watch(connections)
  return {
    tables,
    revocations,
    credentials: { tickets: registry.tickets, apiKeys, revocations: revocations.check },
  }
}
