// Rules that can never be right: what they are read for is known before anybody asks.
import { compilePattern } from '../channels/pattern.ts'
import { knowsPayload } from '../policy/facts.ts'
import { prepareRule, type RuleSource } from '../policy/rule.ts'
import type { Finding } from './problem.ts'
import type { Config } from './settings.ts'
import type { Path } from './tree.ts'

/** Characters of a rule that are shown again. */
const shown = 80

const ruleFinding = (
  path: Path,
  source: RuleSource,
  names: readonly string[],
  payload = false,
): readonly Finding[] => {
  const rule = prepareRule(source, names, { payload })
  if (typeof rule !== 'string') return []
  const text = String(source)
  const start = text.length > shown ? `${text.slice(0, shown)}…` : text
  return [{ path, message: `got ${JSON.stringify(start)}; ${rule}` }]
}

/** Rules of the door, of routes and of channels, with what CEL has against them. */
export const policyContradictions = (config: Config): readonly Finding[] => [
  ...ruleFinding(['auth', 'allow'], config.auth.allow, ['path', 'subprotocol']),
  ...Object.entries(config.routes).flatMap(([name, route]) =>
    ruleFinding(['routes', name, 'allow'], route.allow, ['type'], knowsPayload(route)),
  ),
  ...Object.entries(config.channels).flatMap(([text, channel]) => {
    const pattern = compilePattern(text)
    // Without its names nothing can be said of its rules.
    if (typeof pattern === 'string') return []
    const names = ['channel', ...pattern.names]
    return [
      ...ruleFinding(['channels', text, 'subscribe'], channel.subscribe, names),
      ...ruleFinding(['channels', text, 'publish'], channel.publish, names, knowsPayload(channel)),
    ]
  }),
]
