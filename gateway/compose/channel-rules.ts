// The channels of the configuration as rules that can be asked; made once, when a node starts.
import { compilePattern } from '../channels/pattern.ts'
import type { Subscriber } from '../channels/ports.ts'
import type { ChannelRule } from '../channels/rules.ts'
import type { Config } from '../config/settings.ts'
import { compileRule, type RuleSource, type RuleTexts } from '../policy/rule.ts'

/** Throws where a pattern or a rule is none; a configuration that was checked has none of those. `onFailure` is told the setting. */
export function channelRules(
  { channels, topics }: Pick<Config, 'channels' | 'topics'>,
  onFailure: (setting: string, message: string) => void = () => undefined,
): readonly ChannelRule[] {
  return Object.entries(channels).map(([text, channel]): ChannelRule => {
    const { subscribe, publish, anonymous, topic = topics.channels, history, members, whenSlow } = channel
    const pattern = sound(`channels.${text}`, compilePattern(text))
    const asks = (what: 'subscribe' | 'publish', source: RuleSource) => {
      const setting = `channels.${text}.${what}`
      const failed = (message: string) => onFailure(setting, message)
      const rule = sound(setting, compileRule(source, ['channel', ...pattern.names], failed))
      return ({ principal }: Subscriber, name: string, captures: RuleTexts): boolean =>
        principal !== undefined &&
        (principal.user !== undefined || anonymous) &&
        rule(principal, { ...captures, channel: name })
    }
    return {
      pattern,
      topic,
      historyMs: history,
      members,
      whenSlow,
      maySubscribe: asks('subscribe', subscribe),
      mayPublish: asks('publish', publish),
    }
  })
}

function sound<T>(setting: string, made: T | string): T {
  if (typeof made === 'string') throw new Error(`${setting}: ${made}`)
  return made
}
