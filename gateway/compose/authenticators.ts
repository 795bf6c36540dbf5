// Where credentials are looked for, in order, and the ways to check them. A new way is a line here.
import { readFileSync } from 'node:fs'
import { createJwtAuthenticator } from '../admission/authenticators/jwt.ts'
import type { Authenticator, CredentialSource } from '../admission/credential.ts'
import { authorizationHeader } from '../admission/sources/authorization-header.ts'
import { bearerSubprotocol } from '../admission/sources/bearer-subprotocol.ts'
import type { Config } from '../config/settings.ts'
import type { Events } from '../events.ts'

export const sourcesOf = (_config: Config): readonly CredentialSource[] => [
  authorizationHeader,
  bearerSubprotocol,
]

/** In this order: the first that knows a credential for its own decides. */
export const authenticatorsOf = (config: Config, events: Events): readonly Authenticator[] => [
  createJwtAuthenticator({
    issuers: config.auth.jwt.map((issuer) => ({ ...issuer, ...keysFrom(issuer.jwksFile) })),
    maxTokenSize: config.auth.maxTokenSize,
    onKeysUnavailable: events.keysUnavailable,
  }),
]

function keysFrom(file: string | undefined): { keys?: { keys: object[] } } {
  if (file === undefined) return {}
  return { keys: JSON.parse(readFileSync(file, 'utf8')) as { keys: object[] } }
}
