// Contradictions among feeds: targets that are none, topics of the gateway itself, settings that would never count.
import { compileTemplate } from '../channels/feed-template.ts'
import type { Finding } from './problem.ts'
import { ownTopic } from './route-checks.ts'
import type { Config } from './settings.ts'

/** What the gateway says of sessions is as good a source as any other; its other topics would feed themselves. */
const readable: readonly (string | undefined)[] = [undefined, 'topics.events', 'topics.sessions']

export const feedContradictions = (config: Config): readonly Finding[] =>
  Object.entries(config.feeds).flatMap(([name, { topic, to, targets }]): readonly Finding[] => {
    const own = ownTopic(config, topic)
    const template = to === 'header' ? undefined : compileTemplate(to)
    const restricts = targets.length < 4
    return [
      ...(readable.includes(own)
        ? []
        : [
            {
              path: ['feeds', name, 'topic'],
              message: `${topic} is the gateway's own (${own ?? ''}); a feed needs another`,
              involves: [['topics']],
            },
          ]),
      ...(typeof template === 'string' ? [{ path: ['feeds', name, 'to'], message: template }] : []),
      ...(restricts && to !== 'header'
        ? [
            {
              path: ['feeds', name, 'targets'],
              message: 'is for to: header only; here the feed says itself whom its records are for',
              involves: [['feeds', name, 'to']],
            },
          ]
        : []),
    ]
  })
