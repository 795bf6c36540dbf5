// Contradictions among channels: patterns that are none or never count, topics that are something else.
import { compilePattern, type Pattern } from '../channels/pattern.ts'
import { hides } from './hidden-patterns.ts'
import type { Finding } from './problem.ts'
import { ownTopic } from './route-checks.ts'
import type { ChannelConfig, Config } from './settings.ts'

const hidden = (patterns: readonly Pattern[]): readonly Finding[] =>
  patterns.flatMap((pattern, at) => {
    const first = patterns.slice(0, at).find((each) => hides(each, pattern))
    if (first === undefined) return []
    const message = `every name that fits it fits "${first.text}", which comes first; this one would never count`
    return [{ path: ['channels', pattern.text], message, involves: [['channels', first.text]] }]
  })

const anonymousFindings = (
  config: Config,
  pattern: string,
  { anonymous }: ChannelConfig,
): readonly Finding[] =>
  !anonymous || config.auth.anonymous
    ? []
    : [
        {
          path: ['channels', pattern, 'anonymous'],
          message: 'needs auth.anonymous: true, else nobody comes in without a credential',
          involves: [['auth', 'anonymous']],
        },
      ]

const topicFindings = (config: Config, pattern: string, { topic }: ChannelConfig): readonly Finding[] => {
  const own = topic === undefined ? undefined : ownTopic(config, topic)
  if (topic === undefined || own === undefined || own === 'topics.channels') return []
  const message = `${topic} is the gateway's own (${own}); a channel needs another`
  return [{ path: ['channels', pattern, 'topic'], message, involves: [['topics']] }]
}

/** Everything about channels that does not fit together, but their rules. */
export function channelContradictions(config: Config): readonly Finding[] {
  const patterns: Pattern[] = []
  const each = Object.entries(config.channels).flatMap(([text, channel]): readonly Finding[] => {
    const pattern = compilePattern(text)
    if (typeof pattern === 'string') return [{ path: ['channels', text], message: pattern }]
    patterns.push(pattern)
    return [...anonymousFindings(config, text, channel), ...topicFindings(config, text, channel)]
  })
  return [...each, ...hidden(patterns)]
}
