// Who may connect at all: the rule of the configuration and the tenants that it knows, as one question.
import type { MayConnect } from '../admission/admit.ts'
import type { Config } from '../config/settings.ts'
import { compileRule } from '../policy/rule.ts'

/** Names that the rule may use beside `principal`. */
export const connectNames: readonly string[] = ['path', 'subprotocol']

/** Throws where the rule is none; a configuration that was checked has none of those. `onFailure` is told the setting. */
export function connectRule(
  { auth, tenants }: Pick<Config, 'auth' | 'tenants'>,
  onFailure: (setting: string, message: string) => void = () => undefined,
): MayConnect {
  const allows = compileRule(auth.allow, connectNames, (message) => onFailure('auth.allow', message))
  if (typeof allows === 'string') throw new Error(`auth.allow: ${allows}`)
  const isOpen = auth.unknownTenants === 'allow'
  return (principal, to) => (isOpen || Object.hasOwn(tenants, principal.tenant)) && allows(principal, to)
}
