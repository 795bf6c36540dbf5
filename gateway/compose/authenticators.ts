// Where credentials are looked for, in order, and the ways to check them. A new way is a line here.
import { createIssuerKeys } from '../admission/authenticators/issuer-keys.ts'
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
export const authenticatorsOf = ({ auth }: Config, events: Events): readonly Authenticator[] => [
  createJwtAuthenticator({
    issuers: auth.jwt,
    keysOf: createIssuerKeys(auth.jwks, events.keysUnavailable),
    maxTokenSize: auth.maxTokenSize,
  }),
]
