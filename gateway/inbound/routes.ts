// Which route a frame takes: the one it names, else the first whose match fits. Pure.
import type { Config, RouteConfig } from '../config/settings.ts'
import { compileRule, type Rule } from '../policy/rule.ts'

export type Route = Omit<RouteConfig, 'allow'> & {
  readonly name: string
  /** Asked with the frame's `type`, empty where it names none. */
  readonly allows: Rule
}

type Asked = { readonly route?: string; readonly type?: string }

export type Routes = {
  /** The route of the name given, else the first with a match that fits; undefined where there is none. */
  pick(asked: Asked, path: string): Route | undefined
  /** The route of a raw connection: the first that matches this path alone. */
  ofPath(path: string): Route | undefined
}

/** Throws where a rule is no rule; a configuration that was checked has none. `onRuleFailure` is told the setting. */
export function compileRoutes(
  config: Config['routes'],
  onRuleFailure: (setting: string, message: string) => void = () => undefined,
): Routes {
  const routes = Object.entries(config).map(([name, { allow, ...route }]): Route => {
    const allows = compileRule(allow, ['type'], (message) => onRuleFailure(`routes.${name}.allow`, message))
    if (typeof allows === 'string') throw new Error(`routes.${name}.allow: ${allows}`)
    return { name, allows, ...route }
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
