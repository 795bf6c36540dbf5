// What a principal may do under a configuration, and why: the same rules as a node asks, told for people.
import { createChannelFeeds } from '../channels/feeds.ts'
import { compilePattern, nameProblem } from '../channels/pattern.ts'
import type { ChannelConfig, Config, RouteConfig } from '../config/settings.ts'
import { type Explained, explain, type Facts } from '../policy/explain.ts'
import { knowsPayload, type RulePayload } from '../policy/facts.ts'
import { type Grants, grantsOf } from '../policy/grants.ts'
import type { RuleSource } from '../policy/rule.ts'
import type { Principal } from '../session/principal.ts'
import { feedsOf } from './feeds.ts'

export type Verdict = 'yes' | 'no' | 'depends'

/** One thing that may be allowed. */
export type Allowance = {
  readonly to: 'connect' | 'send' | 'subscribe' | 'publish'
  /** The route's name, the channel's or its pattern; empty for `connect`. */
  readonly name: string
  readonly verdict: Verdict
  /** A sentence. */
  readonly why: string
  /** The setting with the rule that was asked; absent where none was. */
  readonly setting?: string
  readonly rule?: Explained
}

export type Asked = {
  readonly route?: string | undefined
  readonly channel?: string | undefined
  /** Of the frame; undefined: not known, but empty where one route is asked for. */
  readonly type?: string | undefined
  readonly path?: string | undefined
  readonly subprotocol?: string | undefined
  readonly payload?: RulePayload | undefined
}

/** The roles and scopes that rules see of it. */
export const rightsOf = ({ claims }: Principal): Grants => grantsOf(claims)

/** Everything that is asked for, `connect` first; all routes and channels where none is named. */
export function allowances(config: Config, principal: Principal, asked: Asked): readonly Allowance[] {
  const isAll = asked.route === undefined && asked.channel === undefined
  const routes = isAll ? Object.keys(config.routes) : asked.route === undefined ? [] : [asked.route]
  const channels = isAll ? Object.keys(config.channels) : asked.channel === undefined ? [] : [asked.channel]
  return [
    toConnect(config, principal, asked),
    ...routes.map((name) => toSend(config, principal, asked, name, isAll)),
    ...channels.flatMap((name) =>
      isAll ? onPattern(config, principal, asked, name) : onChannel(config, principal, asked, name),
    ),
  ]
}

type To = Pick<Allowance, 'to' | 'name'>
const no = (to: To, why: string): Allowance => ({ ...to, verdict: 'no', why })

/** By its rule, once everything else lets it by. */
function byRule(to: To, setting: string, source: RuleSource, facts: Facts): Allowance {
  const rule = explain(source, facts)
  const { outcome, shown } = rule
  const about = { ...to, setting, rule }
  if (outcome === 'depends') return { ...about, verdict: 'depends', why: `it depends on ${shown}` }
  if (outcome === 'fails')
    return { ...about, verdict: 'no', why: `the rule fails, which says no: ${inWords(shown)}` }
  if (shown === 'true')
    return {
      ...about,
      verdict: 'yes',
      why: source === true ? 'open to all who may come in' : 'the rule says yes',
    }
  return { ...about, verdict: 'no', why: source === false ? 'closed: nobody may' : 'the rule says no' }
}

const inWords = (message: string): string => message.replace(/^field not found: (.*)$/, 'there is no "$1"')

const factsOf = (
  principal: Principal,
  known: Readonly<Record<string, string | undefined>>,
  payload: Asked['payload'],
): Facts => {
  const given = Object.entries(known).filter((each): each is [string, string] => each[1] !== undefined)
  const open = Object.keys(known).filter((name) => known[name] === undefined)
  const facts = { principal, texts: Object.fromEntries(given), open }
  return payload === undefined ? { ...facts, open: [...open, 'payload'] } : { ...facts, payload }
}

function toConnect({ auth, tenants }: Config, principal: Principal, { path, subprotocol }: Asked): Allowance {
  const to: To = { to: 'connect', name: '' }
  const { user, tenant } = principal
  if (user === undefined && !auth.anonymous) return no(to, 'auth.anonymous is false: a credential is needed')
  if (auth.unknownTenants === 'deny' && !Object.hasOwn(tenants, tenant))
    return no(to, `auth.unknownTenants is deny, and tenants has no ${JSON.stringify(tenant)}`)
  return byRule(to, 'auth.allow', auth.allow, factsOf(principal, { path, subprotocol }, undefined))
}

const isBarred = ({ user }: Principal, { anonymous }: RouteConfig | ChannelConfig): boolean =>
  user === undefined && !anonymous

const anonymousNot = 'anonymous is false here: a user is needed'

function toSend(config: Config, principal: Principal, asked: Asked, name: string, isAll: boolean): Allowance {
  const to: To = { to: 'send', name }
  const route = Object.hasOwn(config.routes, name) ? config.routes[name] : undefined
  if (route === undefined) return no(to, 'there is no such route')
  if (isBarred(principal, route)) return no(to, anonymousNot)
  const type = asked.type ?? (isAll ? undefined : '')
  const payload = knowsPayload(route) ? asked.payload : undefined
  return byRule(to, `routes.${name}.allow`, route.allow, factsOf(principal, { type }, payload))
}

/** What is known of every channel that a pattern stands for. */
function onPattern(config: Config, principal: Principal, asked: Asked, text: string): readonly Allowance[] {
  const pattern = compilePattern(text)
  const names = typeof pattern === 'string' ? [] : pattern.names
  const open = Object.fromEntries(['channel', ...names].map((name) => [name, undefined]))
  // Without captures it is one name.
  return both(config, principal, asked, text, text, names.length === 0 ? { channel: text } : open)
}

function onChannel(config: Config, principal: Principal, asked: Asked, name: string): readonly Allowance[] {
  const refused = (why: string) => [no({ to: 'subscribe', name }, why), no({ to: 'publish', name }, why)]
  const problem = nameProblem(name, config.limits.channelName)
  if (problem !== undefined) return refused(problem)
  for (const text of Object.keys(config.channels)) {
    const pattern = compilePattern(text)
    const captures = typeof pattern === 'string' ? undefined : pattern.match(name)
    if (captures !== undefined)
      return both(config, principal, asked, text, name, { ...captures, channel: name })
  }
  return refused('no channel pattern fits it')
}

function both(
  config: Config,
  principal: Principal,
  asked: Asked,
  text: string,
  name: string,
  known: Readonly<Record<string, string | undefined>>,
): readonly Allowance[] {
  const channel = config.channels[text]
  const subscribe: To = { to: 'subscribe', name }
  const publish: To = { to: 'publish', name }
  if (channel === undefined) return []
  if (isBarred(principal, channel)) return [no(subscribe, anonymousNot), no(publish, anonymousNot)]
  const fed =
    known['channel'] &&
    createChannelFeeds(feedsOf(config), () => undefined).of(principal.tenant, known['channel'])
  const payload = knowsPayload(channel) ? asked.payload : undefined
  return [
    byRule(subscribe, `channels.${text}.subscribe`, channel.subscribe, factsOf(principal, known, undefined)),
    fed
      ? no(publish, `its messages come from the feed ${fed.feed.name} alone`)
      : byRule(publish, `channels.${text}.publish`, channel.publish, factsOf(principal, known, payload)),
  ]
}
