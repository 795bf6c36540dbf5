// The rights at Kafka that this configuration needs and no more: of the gateway, of each route's backend, of feeds and of operators.
import { feedGroup, sharedFeeds } from '../channels/shared-feeds.ts'
import type { Config } from '../config/settings.ts'
import { channelTopics, wantedTopics } from '../config/topics.ts'
import { feedsOf } from './feeds.ts'

export type KafkaOperation = 'Read' | 'Write' | 'Create' | 'Describe' | 'DescribeConfigs'

/** One line of rights. Read and Write bring Describe with them. */
export type KafkaRight = {
  /** Who: a name to put a principal of one's own for. */
  readonly role: string
  readonly resource: 'topic' | 'group'
  readonly name: string
  /** Whether `name` stands for everything that begins so. */
  readonly prefixed: boolean
  readonly operations: readonly KafkaOperation[]
  readonly why: string
}

type Line = Omit<KafkaRight, 'role'>

const line =
  (resource: KafkaRight['resource'], operations: readonly KafkaOperation[], prefixed = false) =>
  (name: string, why: string): Line => ({ resource, name, prefixed, operations, why })

const reads = line('topic', ['Read'])
const writes = line('topic', ['Write'])
const joins = line('group', ['Read'])

const hasDispatch = ({ dispatch }: Config): boolean => dispatch.targets.length > 0

/** The same topic named twice is one line that allows both. */
function merged(lines: readonly Line[]): readonly Line[] {
  const found = new Map<string, Line>()
  for (const each of lines) {
    const key = `${each.resource} ${each.prefixed} ${each.name}`
    const known = found.get(key)
    const operations = [...new Set([...(known?.operations ?? []), ...each.operations])]
    const why = known === undefined || known.why === each.why ? each.why : `${known.why}; ${each.why}`
    found.set(key, { ...each, operations, why })
  }
  return [...found.values()]
}

/** Topics that a route writes to: its own, and those of tenants with a prefix. */
const routeTopics = (config: Config, topic: string): readonly string[] => [
  topic,
  ...Object.values(config.tenants).flatMap(({ topicPrefix }) =>
    topicPrefix === undefined ? [] : [`${topicPrefix}${topic}`],
  ),
]

function gatewayLines(config: Config): readonly Line[] {
  const { topics, routes, cluster, auth } = config
  const feeds = feedsOf(config)
  return merged([
    ...Object.entries(routes).flatMap(([name, { topic }]) =>
      routeTopics(config, topic).map((each) => writes(each, `frames of the route ${name}`)),
    ),
    line('topic', ['Read', 'Write'], true)(topics.slot, 'deliveries, forwards and its own canaries'),
    line('group', ['Read'], true)(topics.slot, 'who has a slot'),
    ...[...channelTopics(config).keys()].map((name) =>
      line('topic', ['Read', 'Write'])(name, 'messages of channels'),
    ),
    reads(topics.dispatch, 'records for users and everyone'),
    joins(topics.dispatch, 'shares them among the nodes'),
    ...feeds.map(({ name, topic }) => reads(topic, `the feed ${name}`)),
    ...sharedFeeds(feeds).map(({ name }) => joins(feedGroup(cluster, name), `the feed ${name}`)),
    reads(topics.revocations, 'what is no longer good'),
    ...(auth.apiKeys.enabled ? [reads(topics.keys, 'API keys, as hashes')] : []),
    writes(topics.receipts, 'reports of deliveries'),
    writes(topics.quarantine, 'what nobody can read'),
    writes(topics.events, 'session events'),
    writes(topics.sessions, 'who is online'),
    ...wantedTopics(config)
      .filter(({ name }) => !name.startsWith(topics.slot))
      .map(({ name }) => line('topic', ['DescribeConfigs'])(name, 'the check at the start')),
    line('topic', ['DescribeConfigs'], true)(topics.slot, 'the check at the start'),
  ])
}

function backendLines(config: Config, route: string, topic: string): readonly Line[] {
  const { topics, tenants } = config
  const own = Object.values(tenants).flatMap(({ replyTo }) => (replyTo === undefined ? [] : [replyTo]))
  return merged([
    ...routeTopics(config, topic).map((name) => reads(name, 'what clients send')),
    joins(route, 'its consumer group'),
    writes(`${topic}.dead`, 'what it could not handle'),
    line('topic', ['Write'], true)(topics.slot, 'replies, to the topic that a record names'),
    ...own.map((name) => writes(name, 'replies to clients of that tenant')),
    ...(hasDispatch(config) ? [writes(topics.dispatch, 'to users, channels and everyone')] : []),
  ])
}

function operatorLines(config: Config): readonly Line[] {
  const { topics, auth } = config
  const manages = line('topic', ['Create', 'Describe', 'DescribeConfigs'])
  return merged([
    ...wantedTopics(config)
      .filter(({ name }) => !name.startsWith(topics.slot))
      .map(({ name }) => manages(name, 'openclaw topics')),
    line('topic', ['Create', 'Describe', 'DescribeConfigs'], true)(topics.slot, 'openclaw topics'),
    ...(hasDispatch(config) ? [writes(topics.dispatch, 'openclaw send')] : []),
    line('topic', ['Read', 'Write'])(topics.revocations, 'openclaw revoke'),
    ...(auth.apiKeys.enabled ? [line('topic', ['Read', 'Write'])(topics.keys, 'openclaw keys')] : []),
  ])
}

/** Every right, role by role. Nobody may delete or change a topic, and only the operator may create one. */
export function kafkaRights(config: Config): readonly KafkaRight[] {
  const roles = new Map<string, readonly Line[]>([
    ['gateway', gatewayLines(config)],
    ...Object.entries(config.routes).map(
      ([name, { topic }]) => [`backend-${name}`, backendLines(config, name, topic)] as const,
    ),
    ...Object.entries(config.feeds).map(
      ([name, { topic }]) => [`feed-${name}`, [writes(topic, 'what the feed is made of')]] as const,
    ),
    ['operator', operatorLines(config)],
  ])
  return [...roles].flatMap(([role, lines]) => lines.map((each) => ({ role, ...each })))
}

const word = (text: string): string =>
  /^[\w.:=@%/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** One call of kafka-acls.sh for each right. `principalOf` says who a role is. */
export const kafkaCommands = (
  rights: readonly KafkaRight[],
  principalOf: (role: string) => string = (role) => `User:${role}`,
): readonly string[] =>
  rights.map(({ role, resource, name, prefixed, operations }) =>
    [
      'kafka-acls.sh --bootstrap-server "$KAFKA" --command-config admin.properties --add',
      `--allow-principal ${word(principalOf(role))}`,
      ...operations.map((operation) => `--operation ${operation}`),
      `--${resource} ${word(name)}`,
      `--resource-pattern-type ${prefixed ? 'prefixed' : 'literal'}`,
    ].join(' '),
  )
