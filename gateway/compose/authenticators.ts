// Where credentials are looked for, in order, and the ways to check them. A new way is a line here.
import type { ApiKeys } from '../admission/authenticators/api-keys.ts'
import { createCertificateAuthenticator } from '../admission/authenticators/certificates.ts'
import { createIntrospection } from '../admission/authenticators/introspection.ts'
import { createIssuerKeys } from '../admission/authenticators/issuer-keys.ts'
import { createJwtAuthenticator } from '../admission/authenticators/jwt.ts'
import { createTicketAuthenticator } from '../admission/authenticators/tickets.ts'
import type { Authenticator, CredentialSource } from '../admission/credential.ts'
import type { Tickets } from '../admission/ports.ts'
import { apiKeyHeader } from '../admission/sources/api-key-header.ts'
import { authorizationHeader } from '../admission/sources/authorization-header.ts'
import { bearerSubprotocol } from '../admission/sources/bearer-subprotocol.ts'
import { certificateSource } from '../admission/sources/certificate.ts'
import { cookieSource } from '../admission/sources/cookie.ts'
import { apiKeyQuery, ticketQuery } from '../admission/sources/query.ts'
import type { RevocationCheck } from '../admission/unless-revoked.ts'
import type { Config } from '../config/settings.ts'
import type { Events } from '../events.ts'
import { peerCertificate } from '../server/peer-certificate.ts'

export type CredentialParts = {
  readonly tickets: Tickets
  /** Undefined: API keys are not in use. */
  readonly apiKeys: ApiKeys | undefined
  readonly revocations: RevocationCheck
}

/** `inUrl` false: for requests that ask for something to put into a URL. */
export const sourcesOf = ({ auth, origins }: Config, inUrl: boolean): readonly CredentialSource[] => [
  authorizationHeader,
  ...(auth.apiKeys.enabled ? [apiKeyHeader] : []),
  bearerSubprotocol,
  ...(inUrl && auth.tickets.enabled ? [ticketQuery] : []),
  ...(inUrl && auth.apiKeys.query ? [apiKeyQuery] : []),
  ...(auth.cookie.name === undefined ? [] : [cookieSource(auth.cookie.name, origins)]),
  ...(auth.certificates.user === undefined ? [] : [certificateSource(peerCertificate)]),
]

/** In this order: the first that knows a credential for its own decides. */
export const authenticatorsOf = (
  { auth }: Config,
  events: Events,
  { apiKeys }: CredentialParts,
): readonly Authenticator[] => [
  ...(apiKeys === undefined ? [] : [apiKeys]),
  ...(auth.certificates.user === undefined
    ? []
    : [createCertificateAuthenticator({ user: auth.certificates.user, tenant: auth.certificates.tenant })]),
  createJwtAuthenticator({
    issuers: auth.jwt,
    keysOf: createIssuerKeys(auth.jwks, events.keysUnavailable),
    maxTokenSize: auth.maxTokenSize,
  }),
  createIntrospection({
    servers: auth.introspection,
    maxTokenSize: auth.maxTokenSize,
    onAnswer: events.introspected,
    onFailure: events.introspectionFailed,
  }),
]

/** `use` false: for a question that opens nothing, after which the ticket is as good as before. */
export const ticketAuthenticator = (
  { session }: Config,
  { tickets }: CredentialParts,
  use: boolean,
): Authenticator => createTicketAuthenticator({ tickets, secrets: session.secrets, use })
