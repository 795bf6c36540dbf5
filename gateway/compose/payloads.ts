// Puts payloads together: the messages of the configuration's images, what routes, channels, feeds and deliveries make of them, and another set when images change.
import { imageStamp, readImages } from '../config/image-files.ts'
import { payloadPlaces, typesAt } from '../config/payload-places.ts'
import type { Config } from '../config/settings.ts'
import type { Events } from '../events.ts'
import type { Service } from '../lifecycle.ts'
import { type Catalog, createCatalog, createSchemas, type Schemas } from '../payloads/catalog.ts'
import { type Descriptors, mergeImages } from '../payloads/descriptors.ts'
import {
  createPayloadRule,
  type InboundSettings,
  type PayloadRule,
  type PayloadSettings,
} from '../payloads/payload-rule.ts'
import { type KeyOfType, nextCatalog } from '../payloads/reload.ts'
import { createForms, createShow, isUnshown, type Show } from '../payloads/shown.ts'
import { createFraming, type Framing } from './framing.ts'

export type Payloads = {
  /** Of a route, by its name. */
  route(name: string): PayloadRule | undefined
  /** Of the channels of one pattern, by its text. */
  channel(pattern: string): { readonly payload?: PayloadRule; readonly show?: Show }
  feed(name: string): Show | undefined
  /** Of deliveries; undefined where no message is known at all. */
  readonly show: Show | undefined
  /** Of values that need not be anything: shown as the message that they name, where they are it. */
  readonly forms: Show | undefined
  /** Looks for images that changed, and asks the schema registry. */
  readonly service: Service
}

type Parts = Pick<Config, 'routes' | 'channels' | 'feeds' | 'delivery' | 'schemas' | 'schemaRegistry'>

/** Throws where the images cannot be used; a configuration that was checked has none of those. */
export function composePayloads(
  config: Parts,
  events: Pick<Events, 'schemasChanged' | 'schemasRefused' | 'schemaNumberUnknown'>,
): Payloads {
  const { images, reload } = config.schemas
  const used = payloadPlaces(config).flatMap((place) => typesAt(place).map(({ name }) => name))
  const stamp = imageStamp(images)
  const schemas = createSchemas(sound(createCatalog(sound(load(images)), used)))
  const framing = createFraming(config, events.schemaNumberUnknown)
  const ruled = (
    owner: string,
    settings: InboundSettings,
    more: { key?: readonly string[]; route?: string } = {},
  ) =>
    createPayloadRule({
      owner,
      settings,
      schemas,
      ...(more.key === undefined ? {} : { key: more.key }),
      ...framing.ofRoute(more.route),
    })
  const shows = (owner: string, settings: PayloadSettings, unlisted: 'invalid' | 'pass') =>
    createShow({ owner, settings, schemas, unlisted })
  const forms = createForms(schemas)
  return {
    route(name) {
      const { payload, key = '' } = config.routes[name] ?? {}
      if (payload === undefined) return undefined
      const path = key.startsWith('payload.') ? { key: key.split('.').slice(1) } : {}
      return ruled(`route "${name}"`, payload, { ...path, route: name })
    },
    channel(pattern) {
      const payload = config.channels[pattern]?.payload
      if (payload === undefined) return {}
      const owner = `channel "${pattern}"`
      return { payload: ruled(owner, payload), show: shows(owner, payload, 'invalid') }
    },
    feed(name) {
      const payload = config.feeds[name]?.payload
      return payload && shows(`feed "${name}"`, payload, 'invalid')
    },
    show: images.length === 0 ? undefined : showAll(config.delivery.payload, forms, shows),
    forms: images.length === 0 ? undefined : forms,
    service: watch({ images, reload, used, keys: keysOf(config), schemas, stamp, framing }, events),
  }
}

const load = (places: readonly string[]): Descriptors | string => {
  const { images, troubles } = readImages(places)
  const [trouble] = troubles
  return trouble === undefined ? mergeImages(images) : trouble.message
}

function sound<T>(made: T | string): T {
  if (typeof made === 'string') throw new Error(`schemas.images: ${made}`)
  return made
}

/** Deliveries of types that are listed are held against them; all others that name a message are shown as it. */
function showAll(
  settings: PayloadSettings | undefined,
  forms: ReturnType<typeof createForms>,
  shows: (owner: string, settings: PayloadSettings, unlisted: 'pass') => Show,
): Show {
  if (settings === undefined) return forms
  const listed = shows('a delivery', settings, 'pass')
  return (payload, said) => {
    const shown = listed(payload, said)
    return isUnshown(shown) || shown !== payload ? shown : forms(payload, said)
  }
}

/** The fields of messages that keys of records are made of. */
const keysOf = ({ routes }: Pick<Config, 'routes'>): readonly KeyOfType[] =>
  Object.entries(routes).flatMap(([name, { key, payload }]) => {
    if (payload === undefined || !key.startsWith('payload.')) return []
    const path = key.split('.').slice(1)
    return typesAt({ path: ['routes', name, 'payload'], payload }).map((each) => ({ type: each.name, path }))
  })

type Watched = {
  readonly images: readonly string[]
  readonly reload: number
  readonly used: readonly string[]
  readonly keys: readonly KeyOfType[]
  readonly schemas: Schemas
  readonly stamp: string
  readonly framing: Framing
}

/** A bad or breaking set is told once, and the one in force stays. */
function watch(
  { images, reload, used, keys, schemas, stamp, framing }: Watched,
  events: Pick<Events, 'schemasChanged' | 'schemasRefused'>,
): Service {
  let seen = stamp
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    const now = imageStamp(images)
    if (now === seen) return
    seen = now
    const read = load(images)
    const next: Catalog | string =
      typeof read === 'string' ? read : nextCatalog(schemas.current, read, used, keys)
    if (typeof next === 'string') return events.schemasRefused(next)
    schemas.replace(next)
    events.schemasChanged(next.descriptors.names.length)
  }
  return {
    name: 'schemas',
    start() {
      framing.start()
      if (images.length > 0 && reload > 0) timer = setInterval(look, reload)
    },
    stop() {
      clearInterval(timer)
      framing.stop()
    },
  }
}
