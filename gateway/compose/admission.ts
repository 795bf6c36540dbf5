// Puts admission together: what decides on a handshake, and on a token that comes later.
import type { IncomingMessage } from 'node:http'
import { type AdmitDeps, admit, type MayConnect, type Verdict } from '../admission/admit.ts'
import { authenticate } from '../admission/credential.ts'
import { issueTicket } from '../admission/issue-ticket.ts'
import { createOriginRule } from '../admission/origin.ts'
import { unlessRevoked } from '../admission/unless-revoked.ts'
import type { Config } from '../config/settings.ts'
import type { Rejection } from '../errors.ts'
import type { Events } from '../events.ts'
import type { CheckToken } from '../inbound/greet.ts'
import type { Routes } from '../inbound/routes.ts'
import type { TicketEndpoint } from '../server/ticket-endpoint.ts'
import { anonymous, type Principal } from '../session/principal.ts'
import { authenticatorsOf, type CredentialParts, sourcesOf, ticketAuthenticator } from './authenticators.ts'
import { connectRule } from './connect-rule.ts'
import type { ComposedLimits } from './limits.ts'

export type Admission = {
  readonly admit: (request: IncomingMessage) => Promise<Verdict>
  /** What `admit` would say; uses up nothing. */
  readonly explain: (request: IncomingMessage) => Promise<Verdict>
  /** Undefined: no tickets are given. */
  readonly ticketEndpoint: TicketEndpoint | undefined
  readonly checkToken: CheckToken
  readonly anonymous: Principal | undefined
  readonly mayConnect: MayConnect
}

export function composeAdmission(
  config: Config,
  routes: Routes,
  events: Events,
  closed: () => Rejection | undefined,
  credentials: CredentialParts,
  limits: Pick<ComposedLimits, 'addressLimited' | 'principalLimited'>,
): Admission {
  const good = unlessRevoked(credentials.revocations)
  const authenticators = authenticatorsOf(config, events, credentials).map(good)
  const byTicket = (use: boolean) => [good(ticketAuthenticator(config, credentials, use)), ...authenticators]
  const stranger = config.auth.anonymous ? anonymous : undefined
  const mayConnect = connectRule(config, events.ruleFailed)
  const deps = {
    originAllowed: createOriginRule(config.origins, config.development),
    sources: sourcesOf(config, true),
    authenticators: byTicket(true),
    closed,
    anonymous: stranger,
    mayConnect,
    rawPath: (path: string) => routes.ofPath(path) !== undefined,
    addressLimited: limits.addressLimited,
  }
  const deciding = (by: AdmitDeps) => async (request: IncomingMessage) => {
    const verdict = await admit(by, request)
    if (!verdict.ok && verdict.origin !== undefined && config.development) {
      const hint = `origin refused; to allow it add to openclaw.yaml: origins: [${JSON.stringify(verdict.origin)}]`
      events.originRefused(verdict.origin, hint)
    }
    return verdict
  }
  return {
    anonymous: stranger,
    mayConnect,
    checkToken: (token) => authenticate(authenticators, { kind: 'bearer', token }),
    admit: deciding({ ...deps, principalLimited: limits.principalLimited }),
    explain: deciding({ ...deps, authenticators: byTicket(false) }),
    ticketEndpoint: config.auth.tickets.enabled
      ? ticketEndpoint(config, events, { ...deps, sources: sourcesOf(config, false) }, credentials)
      : undefined,
  }
}

const ticketEndpoint = (
  { auth, session }: Config,
  events: Events,
  deps: AdmitDeps,
  { tickets }: CredentialParts,
): TicketEndpoint => ({
  issue: (request) =>
    issueTicket({ admit: deps, tickets, secret: session.secrets[0] ?? '', ttlMs: auth.tickets.ttl }, request),
  originAllowed: deps.originAllowed,
  cookies: auth.cookie.name !== undefined,
  onRejected: events.rejected,
})
