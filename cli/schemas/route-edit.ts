// Adds a route to the text of a configuration and leaves everything else in it as it stands. Pure.
import { isDeepStrictEqual } from 'node:util'
import { type Document, isMap, isNode, isScalar, parse, parseDocument } from 'yaml'
import type { NewRoute } from './template.ts'

type Settings = Readonly<Record<string, unknown>>

const asSettings = (value: unknown): Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Settings) : {}

/** The settings of the route. */
const routeOf = ({ route, topic }: NewRoute, type: string) => ({
  topic,
  payload: { type },
  match: [{ path: `/${route}` }],
})

/** What the file has to mean afterwards. */
function wanted(before: Settings, added: NewRoute, type: string, image: string): Settings {
  const schemas = asSettings(before.schemas)
  const images: readonly unknown[] = Array.isArray(schemas.images) ? schemas.images : []
  return {
    ...before,
    routes: { ...asSettings(before.routes), [added.route]: routeOf(added, type) },
    ...(images.includes(image) ? {} : { schemas: { ...schemas, images: [...images, image] } }),
  }
}

/** Behind the last route, in the indentation of the routes; undefined where they do not stand in a block. */
function spliceRoute(text: string, document: Document, { route, topic }: NewRoute, type: string) {
  const routes = document.get('routes', true)
  if (!isMap(routes) || routes.flow === true) return undefined
  const [first, last] = [routes.items[0]?.key, routes.items.at(-1)]
  const end = isNode(last?.value) ? last.value.range?.[1] : undefined
  const start = isScalar(first) ? first.range?.[0] : undefined
  if (start === undefined || end === undefined) return undefined
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1))
  const written = text.slice(0, end).trimEnd().length
  const lineEnd = text.indexOf('\n', written)
  const at = lineEnd < 0 ? text.length : lineEnd
  const lines = [
    `${route}:`,
    `  topic: ${topic}`,
    `  payload: { type: ${type} }`,
    `  match: [{ path: /${route} }]`,
  ]
  return `${text.slice(0, at)}\n${lines.map((line) => indent + line).join('\n')}${text.slice(at)}`
}

const appendImage = (text: string, image: string): string =>
  `${text.trimEnd()}\n\n# \`npm run schemas:gen\` builds it of schemas/. It is read again when it changes.\nschemas: { images: [${image}] }\n`

/** Means what is wanted, written anew where need be; comments and order stay. */
function rewritten(text: string, want: Settings): string {
  const document = parseDocument(text)
  for (const section of ['routes', 'schemas'] as const) {
    if (isMap(document.contents) && !isMap(document.get(section, true))) document.delete(section)
    const now = asSettings(asSettings(document.toJS())[section])
    for (const [key, value] of Object.entries(asSettings(want[section])))
      if (!isDeepStrictEqual(now[key], value)) document.setIn([section, key], document.createNode(value))
  }
  return document.toString({ lineWidth: 0 })
}

/** The new text; a sentence where the file cannot be read, or has the route already. `image` as the file is to name it. */
export function withRoute(
  text: string,
  added: NewRoute,
  type: string,
  image: string,
): { readonly text: string } | string {
  const document = parseDocument(text)
  if (document.errors.length > 0) return 'it is not readable as YAML; see ./openclaw check-config'
  const before = asSettings(document.toJS())
  if (asSettings(before.routes)[added.route] !== undefined)
    return `it has a route ${added.route} already; add there: payload: { types: { <type>: ${type} } }`
  const want = wanted(before, added, type, image)
  const spliced = spliceRoute(text, document, added, type)
  const isNew = before.schemas === undefined && want.schemas !== undefined
  const whole = spliced && (isNew ? appendImage(spliced, image) : spliced)
  return {
    text: whole !== undefined && isDeepStrictEqual(parse(whole), want) ? whole : rewritten(text, want),
  }
}
