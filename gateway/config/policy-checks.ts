// Rules that can never be right: what they are read for is known before anybody asks.
import { compilePattern } from '../channels/pattern.ts'
import { compileRule, type RuleSource } from '../policy/rule.ts'
import type { Finding } from './problem.ts'
import type { Config } from './settings.ts'
import type { Path } from './tree.ts'

/** Characters of a rule that are shown again. */
const shown = 80

const ruleFinding = (path: Path, source: RuleSource, names: readonly string[]): readonly Finding[] => {
  const rule = compileRule(source, names)
  if (typeof rule !== 'string') return []
  const text = String(source)
  const start = text.length > shown ? `${text.slice(0, shown)}…` : text
  return [{ path, message: `got ${JSON.stringify(start)}; ${rule}` }]
}

/** Rules of routes and channels, with what CEL has against them. */
export const policyContradictions = (config: Config): readonly Finding[] => [
  ...Object.entries(config.routes).flatMap(([name, { allow }]) =>
    ruleFinding(['routes', name, 'allow'], allow, ['type']),
  ),
  ...Object.entries(config.channels).flatMap(([text, { subscribe, publish }]) => {
    const pattern = compilePattern(text)
    // Without its names nothing can be said of its rules.
    if (typeof pattern === 'string') return []
    const names = ['channel', ...pattern.names]
    return [
      ...ruleFinding(['channels', text, 'subscribe'], subscribe, names),
      ...ruleFinding(['channels', text, 'publish'], publish, names),
    ]
  }),
]
