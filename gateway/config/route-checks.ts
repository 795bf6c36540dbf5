// Contradictions among topics and routes: a client must not be able to write one of the gateway's own topics.
import type { Finding } from './problem.ts'
import type { Config } from './settings.ts'

const ownNames = [
  'dispatch',
  'events',
  'sessions',
  'receipts',
  'quarantine',
  'channels',
  'revocations',
  'keys',
] as const

/** Whether this is the topic of a slot, of any number, where slot topics begin with `prefix`. */
export const isSlotTopic = (prefix: string, topic: string): boolean =>
  topic.startsWith(prefix) && /^\d+$/.test(topic.slice(prefix.length))

/** Which of the gateway's own topics this is, as the setting that names it; undefined for any other topic. */
export const ownTopic = (config: Config, topic: string): string | undefined => {
  const name = ownNames.find((each) => config.topics[each] === topic)
  if (name !== undefined) return `topics.${name}`
  return isSlotTopic(config.topics.slot, topic) ? 'topics.slot' : undefined
}

const channelTopic = (config: Config, topic: string): string | undefined => {
  const [pattern] = Object.entries(config.channels).find(([, each]) => each.topic === topic) ?? []
  return pattern === undefined ? undefined : `channels.${pattern}.topic`
}

/** The gateway's own topics must be different ones. */
export const topicContradictions = (config: Config): readonly Finding[] =>
  ownNames.flatMap((name, at) => {
    const topic = config.topics[name]
    const others = ownNames.slice(0, at).filter((each) => config.topics[each] === topic)
    const twin = others[0] ?? (isSlotTopic(config.topics.slot, topic) ? 'slot' : undefined)
    return twin === undefined
      ? []
      : [
          {
            path: ['topics', name],
            message: `${topic} is also what topics.${twin} names; each needs a topic of its own`,
            involves: [['topics', twin]],
          },
        ]
  })

const matchTwins = (config: Config): readonly Finding[] => {
  const taken = new Map<string, string>()
  return Object.entries(config.routes).flatMap(([name, route]) =>
    route.match.flatMap((match, at): readonly Finding[] => {
      const key = JSON.stringify([match.path, match.field, match.equals])
      const first = taken.get(key)
      taken.set(key, first ?? name)
      if (first === undefined) return []
      const message = `routes.${first} has the same match and comes first; this one would never be chosen`
      return [{ path: ['routes', name, 'match', at], message, involves: [['routes', first]] }]
    }),
  )
}

/** Routes must not lead into the gateway's own topics, hide each other, or promise what admission refuses. */
export const routeContradictions = (config: Config): readonly Finding[] => [
  ...Object.entries(config.routes).flatMap(([name, route]): readonly Finding[] => {
    const own = ownTopic(config, route.topic) ?? channelTopic(config, route.topic)
    const topicFinding: Finding = {
      path: ['routes', name, 'topic'],
      message: `${route.topic} is the gateway's own (${own ?? ''}); clients must not write it`,
      involves: [['topics'], ['channels']],
    }
    const anonymousFinding: Finding = {
      path: ['routes', name, 'anonymous'],
      message: 'needs auth.anonymous: true, else nobody comes in without a credential',
      involves: [['auth', 'anonymous']],
    }
    const isUnreachable = route.anonymous && !config.auth.anonymous
    return [...(own === undefined ? [] : [topicFinding]), ...(isUnreachable ? [anonymousFinding] : [])]
  }),
  ...matchTwins(config),
]
