// Which topics a configuration needs and how they should be set, and what that asks of the topics there are. Pure.
import type { Config } from './settings.ts'

export type WantedTopic = {
  readonly name: string
  readonly partitions: number
  readonly replication: number
  /** Settings of the topic itself, as Kafka names them. */
  readonly configs: Readonly<Record<string, string>>
  /** What it is for, in a few words. */
  readonly purpose: string
}

export type ExistingTopic = {
  readonly name: string
  readonly partitions: number
  readonly replication: number
  readonly configs: Readonly<Record<string, string>>
}

export type TopicStep =
  | { readonly kind: 'create'; readonly topic: WantedTopic }
  /** `apply` does not change a topic that is there: it may be shared, and a mistake loses data. */
  | { readonly kind: 'differs'; readonly name: string; readonly message: string }

const minRetentionMs = 600_000
const resumeWindows = 3
const productionReplication = 3
const mostNamed = 5

/** Milliseconds that slot, dispatch and channel topics have to keep their records at least. */
export const slotRetention = ({ delivery }: Config): number =>
  Math.max(minRetentionMs, resumeWindows * delivery.resumeWindow)

/** Each topic with messages of channels, and what it is for. */
export function channelTopics({ topics, channels }: Config): ReadonlyMap<string, string> {
  const found = new Map([[topics.channels, 'channels']])
  for (const [pattern, { topic = topics.channels }] of Object.entries(channels))
    if (!found.has(topic)) found.set(topic, `channels ${pattern}`)
  return found
}

/** Milliseconds that this channel topic has to keep its records at least: history cannot be longer than that. */
function channelRetention(config: Config, name: string): number {
  const histories = Object.values(config.channels)
    .filter(({ topic = config.topics.channels }) => topic === name)
    .map(({ history }) => history)
  return Math.max(slotRetention(config), ...histories)
}

/** Topics that single tenants have, and what each is for. */
function tenantTopics({ tenants, routes }: Config): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [tenant, { topicPrefix, replyTo }] of Object.entries(tenants)) {
    if (topicPrefix !== undefined)
      for (const [name, { topic }] of Object.entries(routes))
        found.set(`${topicPrefix}${topic}`, `route ${name} of ${tenant}`)
    if (replyTo !== undefined) found.set(replyTo, `replies of ${tenant}`)
  }
  return found
}

/** Every topic of this configuration: the route topics, the slots, and the rest of TOPICS.md. */
export function wantedTopics(config: Config): readonly WantedTopic[] {
  const { topics, delivery, routes } = config
  const { replication, partitions } = topics
  const retention = slotRetention(config)
  const log = {
    'message.timestamp.type': 'LogAppendTime',
    'retention.ms': String(retention),
    'segment.ms': String(Math.round(retention / 2)),
  }
  const compacted = { 'cleanup.policy': 'compact' }
  const durable =
    replication >= productionReplication
      ? { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' }
      : {}
  const topic = (
    name: string,
    count: number,
    purpose: string,
    configs: Record<string, string> = {},
  ): WantedTopic => ({
    name,
    partitions: count,
    replication,
    configs: { ...configs, ...durable },
    purpose,
  })
  const kept = (name: string) => ({ ...log, 'retention.ms': String(channelRetention(config, name)) })
  const routeTopics = new Map(Object.entries(routes).map(([name, route]) => [route.topic, name]))
  const ofTenants = tenantTopics(config)
  return [
    ...[...routeTopics].map(([name, route]) => topic(name, partitions, `route ${route}`)),
    ...[...ofTenants].map(([name, purpose]) => topic(name, partitions, purpose)),
    topic(topics.dispatch, partitions, 'dispatch', log),
    ...[...channelTopics(config)].map(([name, purpose]) => topic(name, 1, purpose, kept(name))),
    topic(topics.receipts, partitions, 'receipts'),
    topic(topics.quarantine, 1, 'quarantine'),
    topic(topics.events, partitions, 'session events'),
    topic(topics.sessions, partitions, 'sessions', compacted),
    topic(topics.revocations, 1, 'revocations', compacted),
    ...(config.auth.apiKeys.enabled ? [topic(topics.keys, 1, 'API keys', compacted)] : []),
    ...Array.from({ length: delivery.slots }, (_, slot) =>
      topic(`${topics.slot}${slot}`, 1, `slot ${slot}`, log),
    ),
  ]
}

/** What is missing, and what is there but not as it should be, each as one sentence. */
export function planTopics(
  wanted: readonly WantedTopic[],
  existing: readonly ExistingTopic[],
): readonly TopicStep[] {
  const found = new Map(existing.map((topic) => [topic.name, topic]))
  return wanted.flatMap((topic): TopicStep[] => {
    const there = found.get(topic.name)
    if (there === undefined) return [{ kind: 'create', topic }]
    return differences(topic, there).map((message) => ({ kind: 'differs', name: topic.name, message }))
  })
}

/** What an operator should know about the topics there are: one sentence each, the many slots told as one. */
export function topicProblemsOf(config: Config, existing: readonly ExistingTopic[]): readonly string[] {
  const steps = planTopics(wantedTopics(config), existing)
  const missing = steps.flatMap((step) => (step.kind === 'create' ? [step.topic.name] : []))
  const said = steps.flatMap((step) => (step.kind === 'differs' ? [step.message] : []))
  if (missing.length > 0) {
    const few = missing.slice(0, mostNamed).join(', ')
    said.push(`${missing.length} topics are missing (${few}…); ./openclaw topics apply creates them`)
  }
  if (!config.development && config.topics.replication < productionReplication) {
    said.push('topics.replication is under 3: an acknowledged record is lost with the disk of one broker')
  }
  return said
}

function differences(wanted: WantedTopic, there: ExistingTopic): readonly string[] {
  const said: string[] = []
  const single = wanted.partitions === 1
  if (single && there.partitions !== 1) {
    said.push(
      `${wanted.name} has ${there.partitions} partitions and must have exactly 1: its order would be lost`,
    )
  }
  if (there.replication < wanted.replication) {
    said.push(
      `${wanted.name} is on ${there.replication} brokers, topics.replication asks for ${wanted.replication}`,
    )
  }
  for (const [name, value] of Object.entries(wanted.configs)) {
    const actual = there.configs[name]
    if (actual === undefined || actual === value || isEnough(name, actual, value)) continue
    said.push(`${wanted.name} has ${name}=${actual}, ${value} is needed`)
  }
  return said
}

/** Longer retention and more replicas in sync are fine. */
function isEnough(name: string, actual: string, wanted: string): boolean {
  if (name === 'retention.ms') return Number(actual) === -1 || Number(actual) >= Number(wanted)
  if (name === 'segment.ms') return true
  if (name === 'min.insync.replicas') return Number(actual) >= Number(wanted)
  return name === 'cleanup.policy' && actual.includes(wanted)
}
