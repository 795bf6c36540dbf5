// Puts admission together: where credentials are looked for, in order, and the ways to check them. A new way is a line here.
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { admit, type Verdict } from '../admission/admit.ts'
import { createJwtAuthenticator } from '../admission/authenticators/jwt.ts'
import { type Authenticator, authenticate, type CredentialSource } from '../admission/credential.ts'
import { createOriginRule } from '../admission/origin.ts'
import { authorizationHeader } from '../admission/sources/authorization-header.ts'
import { bearerSubprotocol } from '../admission/sources/bearer-subprotocol.ts'
import type { Config } from '../config/settings.ts'
import type { Rejection } from '../errors.ts'
import type { Events } from '../events.ts'
import type { CheckToken } from '../inbound/greet.ts'
import type { Routes } from '../inbound/routes.ts'
import { anonymous, type Principal } from '../session/principal.ts'

const sources: readonly CredentialSource[] = [authorizationHeader, bearerSubprotocol]

export type Admission = {
  readonly admit: (request: IncomingMessage) => Promise<Verdict>
  readonly checkToken: CheckToken
  readonly anonymous: Principal | undefined
}

export function composeAdmission(
  config: Config,
  routes: Routes,
  events: Events,
  closed: () => Rejection | undefined,
): Admission {
  const authenticators: readonly Authenticator[] = [
    createJwtAuthenticator({
      issuers: config.auth.jwt.map((issuer) => ({ ...issuer, ...keysFrom(issuer.jwksFile) })),
      maxTokenSize: config.auth.maxTokenSize,
      onKeysUnavailable: events.keysUnavailable,
    }),
  ]
  const stranger = config.auth.anonymous ? anonymous : undefined
  const deps = {
    originAllowed: createOriginRule(config.origins, config.development),
    sources,
    authenticators,
    closed,
    anonymous: stranger,
    rawPath: (path: string) => routes.ofPath(path) !== undefined,
  }
  return {
    anonymous: stranger,
    checkToken: (token) => authenticate(authenticators, { kind: 'bearer', token }),
    async admit(request) {
      const verdict = await admit(deps, request)
      if (!verdict.ok && verdict.origin !== undefined && config.development) {
        const hint = `origin refused; to allow it add to openclaw.yaml: origins: [${JSON.stringify(verdict.origin)}]`
        events.originRefused(verdict.origin, hint)
      }
      return verdict
    },
  }
}

function keysFrom(file: string | undefined): { keys?: { keys: object[] } } {
  if (file === undefined) return {}
  return { keys: JSON.parse(readFileSync(file, 'utf8')) as { keys: object[] } }
}
