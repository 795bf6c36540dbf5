// Puts admission together: what decides on a handshake, and on a token that comes later.
import type { IncomingMessage } from 'node:http'
import { admit, type MayConnect, type Verdict } from '../admission/admit.ts'
import { authenticate } from '../admission/credential.ts'
import { createOriginRule } from '../admission/origin.ts'
import type { Config } from '../config/settings.ts'
import type { Rejection } from '../errors.ts'
import type { Events } from '../events.ts'
import type { CheckToken } from '../inbound/greet.ts'
import type { Routes } from '../inbound/routes.ts'
import { anonymous, type Principal } from '../session/principal.ts'
import { authenticatorsOf, sourcesOf } from './authenticators.ts'
import { connectRule } from './connect-rule.ts'

export type Admission = {
  readonly admit: (request: IncomingMessage) => Promise<Verdict>
  readonly checkToken: CheckToken
  readonly anonymous: Principal | undefined
  readonly mayConnect: MayConnect
}

export function composeAdmission(
  config: Config,
  routes: Routes,
  events: Events,
  closed: () => Rejection | undefined,
): Admission {
  const authenticators = authenticatorsOf(config, events)
  const stranger = config.auth.anonymous ? anonymous : undefined
  const mayConnect = connectRule(config, events.ruleFailed)
  const deps = {
    originAllowed: createOriginRule(config.origins, config.development),
    sources: sourcesOf(config),
    authenticators,
    closed,
    anonymous: stranger,
    mayConnect,
    rawPath: (path: string) => routes.ofPath(path) !== undefined,
  }
  return {
    anonymous: stranger,
    mayConnect,
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
