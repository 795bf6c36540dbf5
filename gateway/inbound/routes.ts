// Which route a frame takes: the one it names, else the first whose match fits. Pure.
import type { Config, RouteConfig } from '../config/settings.ts'
import type { PayloadRule } from '../payloads/payload-rule.ts'
import { knowsPayload } from '../policy/facts.ts'
import { type Prepared, prepareRule } from '../policy/rule.ts'

/** Where records of one tenant's clients go, and where replies to them. */
export type TenantWay = { readonly topic: string; readonly replyTo?: string }

/** `allows` and `allowsPayload` are asked with the frame's `type`, empty where it names none. */
export type Route = Omit<RouteConfig, 'allow' | 'payload'> &
  Prepared & {
    readonly name: string
    /** What its payloads must be; undefined where they may be anything. */
    readonly payload: PayloadRule | undefined
    /** Of tenants that have topics of their own, by tenant; undefined where none has. Nothing in it is a client's text. */
    readonly tenants: ReadonlyMap<string, TenantWay> | undefined
  }

type Asked = { readonly route?: string; readonly type?: string }

export type Routes = {
  /** The route of the name given, else the first with a match that fits; undefined where there is none. */
  pick(asked: Asked, path: string): Route | undefined
  /** The route of a raw connection: the first that matches this path alone. */
  ofPath(path: string): Route | undefined
}

/**
 * Throws where a rule is no rule; a configuration that was checked has none. `onRuleFailure` is told the setting, and
 * `payloads` gives what the payloads of a route must be.
 */
export function compileRoutes(
  config: Config['routes'],
  onRuleFailure: (setting: string, message: string) => void = () => undefined,
  tenants: Config['tenants'] = {},
  payloads: (route: string) => PayloadRule | undefined = () => undefined,
): Routes {
  const routes = Object.entries(config).map(([name, { allow, payload, ...route }]): Route => {
    const setting = `routes.${name}.allow`
    const prepared = prepareRule(allow, ['type'], { payload: knowsPayload({ payload }) }, (message) =>
      onRuleFailure(setting, message),
    )
    if (typeof prepared === 'string') throw new Error(`${setting}: ${prepared}`)
    return { name, ...prepared, tenants: waysOf(route.topic, tenants), payload: payloads(name), ...route }
  })
  const byName = new Map(routes.map((route) => [route.name, route]))
  const matching = routes.filter((route) => route.match.length > 0)
  const ofPath = (path: string): Route | undefined =>
    matching.find((route) => route.match.some((match) => match.path === path && match.field === undefined))
  return {
    pick(asked, path) {
      const named = asked.route === undefined ? undefined : byName.get(asked.route)
      if (named !== undefined) return named
      return matching.find((route) =>
        route.match.some(
          (match) =>
            (match.path === undefined || match.path === path) &&
            (match.field === undefined || asked[match.field] === match.equals) &&
            // A name that no route has is taken only by a match on that very name.
            (asked.route === undefined || match.field === 'route'),
        ),
      )
    },
    ofPath,
  }
}

function waysOf(topic: string, tenants: Config['tenants']): Route['tenants'] {
  const ways = Object.entries(tenants).flatMap(([name, { topicPrefix = '', replyTo }]) =>
    topicPrefix === '' && replyTo === undefined
      ? []
      : [[name, { topic: `${topicPrefix}${topic}`, ...(replyTo === undefined ? {} : { replyTo }) }] as const],
  )
  return ways.length === 0 ? undefined : new Map(ways)
}
