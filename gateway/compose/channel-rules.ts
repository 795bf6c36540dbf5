// The channels of the configuration as rules that can be asked; made once, when a node starts.
import { compilePattern } from '../channels/pattern.ts'
import type { Subscriber } from '../channels/ports.ts'
import type { ChannelRule } from '../channels/rules.ts'
import type { Config } from '../config/settings.ts'
import { knowsPayload } from '../policy/facts.ts'
import { prepareRule, type RuleSource, type RuleTexts } from '../policy/rule.ts'
import type { Principal } from '../session/principal.ts'

/** Throws where a pattern or a rule is none; a configuration that was checked has none of those. `onFailure` is told the setting. */
export function channelRules(
  { channels, topics }: Pick<Config, 'channels' | 'topics'>,
  onFailure: (setting: string, message: string) => void = () => undefined,
  payloads: (pattern: string) => Pick<ChannelRule, 'payload' | 'show'> = () => ({}),
): readonly ChannelRule[] {
  return Object.entries(channels).map(([text, channel]): ChannelRule => {
    const { subscribe, publish, anonymous, topic = topics.channels, history, members, whenSlow } = channel
    const pattern = sound(`channels.${text}`, compilePattern(text))
    const names = ['channel', ...pattern.names]
    const isTaken = (principal: Principal | undefined): principal is Principal =>
      principal !== undefined && (principal.user !== undefined || anonymous)
    const asks = (what: 'subscribe' | 'publish', source: RuleSource, payload: boolean) => {
      const setting = `channels.${text}.${what}`
      const failed = (message: string) => onFailure(setting, message)
      const { allows, allowsPayload } = sound(setting, prepareRule(source, names, { payload }, failed))
      const may = ({ principal }: Subscriber, name: string, captures: RuleTexts): boolean =>
        isTaken(principal) && allows(principal, { ...captures, channel: name })
      const mayWith: ChannelRule['mayPublishPayload'] =
        allowsPayload &&
        (({ principal }, name, captures, given) =>
          isTaken(principal) && allowsPayload(principal, { ...captures, channel: name }, given))
      return { may, mayWith }
    }
    const toPublish = asks('publish', publish, knowsPayload(channel))
    return {
      pattern,
      topic,
      historyMs: history,
      members,
      whenSlow,
      maySubscribe: asks('subscribe', subscribe, false).may,
      mayPublish: toPublish.may,
      mayPublishPayload: toPublish.mayWith,
      ...payloads(text),
    }
  })
}

function sound<T>(setting: string, made: T | string): T {
  if (typeof made === 'string') throw new Error(`${setting}: ${made}`)
  return made
}
