// Puts API keys together: the table of them, how they are checked, and the end of those who came with one that is no more.
import { type ApiKeys, createApiKeyAuthenticator } from '../admission/authenticators/api-keys.ts'
import type { Table } from '../admission/ports.ts'
import type { Connection } from '../connection/connection.ts'
import type { Events } from '../events.ts'

export type ComposedKeys = {
  readonly authenticator: ApiKeys
  /** Closes, from now on, connections whose key is deleted, or has no longer the secret they showed. */
  watch(connections: () => Iterable<Connection>): void
}

export function composeKeys(table: Table, events: Events): ComposedKeys {
  const authenticator = createApiKeyAuthenticator({ table, onUnreadable: events.apiKeyUnreadable })
  return {
    authenticator,
    watch(connections) {
      table.onChange((id) => {
        for (const connection of connections()) {
          const principal = connection.session?.principal ?? connection.principal
          if (principal?.shown?.key === id && !authenticator.stillGood(principal))
            connection.close('revoked', 'the API key was revoked')
        }
      })
    },
  }
}
