// Contradictions about tenants: topics that two of them would share, replies that nobody reads, feeds that cross over.
import type { Finding } from './problem.ts'
import { ownTopic } from './route-checks.ts'
import type { Config } from './settings.ts'
import { channelTopics } from './topics.ts'

const longestTopic = 249

/** A topic that only one tenant's clients write. */
type Owned = { readonly tenant: string; readonly route: string; readonly topic: string }

const ownedTopics = ({ tenants, routes }: Config): readonly Owned[] =>
  Object.entries(tenants).flatMap(([tenant, { topicPrefix }]) =>
    topicPrefix === undefined
      ? []
      : Object.entries(routes).map(([route, { topic }]) => ({
          tenant,
          route,
          topic: `${topicPrefix}${topic}`,
        })),
  )

const prefixPath = (tenant: string): Finding['path'] => ['tenants', tenant, 'topicPrefix']

function troubleOf(
  config: Config,
  { tenant, route, topic }: Owned,
  others: readonly Owned[],
): string | undefined {
  const own = ownTopic(config, topic) ?? (channelTopics(config).has(topic) ? 'a channel topic' : undefined)
  if (topic.length > longestTopic)
    return `makes a topic of more than ${longestTopic} characters of routes.${route}`
  if (own !== undefined) return `makes ${topic} of routes.${route}, which is the gateway's own (${own})`
  const shared = Object.entries(config.routes).find(([, each]) => each.topic === topic)?.[0]
  if (shared !== undefined)
    return `makes ${topic} of routes.${route}, which routes.${shared} has for all tenants`
  const other = others.find((each) => each.topic === topic && each.tenant !== tenant)
  return (
    other && `makes ${topic} of routes.${route}, as tenants.${other.tenant} makes of routes.${other.route}`
  )
}

/** Each prefix is said once, with the first thing that is wrong. */
function prefixFindings(config: Config): readonly Finding[] {
  const all = ownedTopics(config)
  const said = new Map<string, Finding>()
  for (const owned of all) {
    const trouble = troubleOf(config, owned, all)
    if (trouble === undefined || said.has(owned.tenant)) continue
    said.set(owned.tenant, { path: prefixPath(owned.tenant), message: trouble, involves: [['routes']] })
  }
  return [...said.values()]
}

const replyFindings = ({ tenants, feeds }: Config): readonly Finding[] =>
  Object.entries(tenants).flatMap(([name, { replyTo }]): readonly Finding[] => {
    const reads = Object.values(feeds).some(
      ({ topic, to, tenant, targets }) =>
        topic === replyTo && to === 'header' && tenant === name && targets.includes('session'),
    )
    if (replyTo === undefined || reads) return []
    const message = `no feed brings replies from ${replyTo}; add one: { topic: ${replyTo}, to: header, tenant: ${JSON.stringify(name)}, targets: [session] }`
    return [{ path: ['tenants', name, 'replyTo'], message, involves: [['feeds']] }]
  })

/** A feed that fixes its tenant must not read what clients of another write. */
function feedFindings(config: Config): readonly Finding[] {
  const hasTenants =
    Object.keys(config.tenants).length > 0 ||
    config.auth.jwt.some(({ tenantClaim }) => tenantClaim !== undefined)
  if (!hasTenants) return []
  const owned = ownedTopics(config)
  return Object.entries(config.feeds).flatMap(([name, { topic, to, tenant }]): readonly Finding[] => {
    if (to === 'header' && tenant === undefined) return []
    const route = Object.entries(config.routes).find(([, each]) => each.topic === topic)?.[0]
    const other = owned.find((each) => each.topic === topic && each.tenant !== (tenant ?? ''))
    if (route === undefined && other === undefined) return []
    const who = other === undefined ? 'any tenant' : `the tenant ${JSON.stringify(other.tenant)}`
    const whose = tenant === undefined ? 'the empty tenant' : `the tenant ${JSON.stringify(tenant)}`
    const message = `clients of ${who} write ${topic} (routes.${route ?? other?.route}), and this feed would show it to ${whose}`
    return [{ path: ['feeds', name, 'topic'], message, involves: [['routes'], ['tenants']] }]
  })
}

/** Everything about tenants that does not fit together. */
export const tenantContradictions = (config: Config): readonly Finding[] => [
  ...prefixFindings(config),
  ...replyFindings(config),
  ...feedFindings(config),
]
