// Contradictions about payloads: messages that no image has, images that do not fit together, what could never be taken.
import { createCatalog } from '../payloads/catalog.ts'
import { type Descriptors, mergeImages } from '../payloads/descriptors.ts'
import { encodingOf } from '../payloads/encoding.ts'
import { compilePath } from '../payloads/field-path.ts'
import { closest } from './closest.ts'
import { readImages } from './image-files.ts'
import { type PayloadPlace, payloadPlaces, typesAt } from './payload-places.ts'
import type { Finding } from './problem.ts'
import type { Config } from './settings.ts'

const images = ['schemas', 'images']

/** A message of that name in another package, else the one written most alike. */
const nearest = (name: string, names: readonly string[]): string | undefined => {
  const last = name.slice(name.lastIndexOf('.') + 1)
  return closest(name, names) ?? names.find((each) => each.endsWith(`.${last}`))
}

const unknownTypes = (place: PayloadPlace, { find, names }: Descriptors): readonly Finding[] =>
  typesAt(place).flatMap(({ path, name }) => {
    if (find(name) !== undefined) return []
    const near = nearest(name, names)
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    return [{ path, message: `no image has a message ${name}${hint}`, involves: [images] }]
  })

const framingTrouble = ({ path, payload }: PayloadPlace, { schemaRegistry }: Config): readonly Finding[] =>
  payload.framing === 'confluent' && schemaRegistry.url === undefined
    ? [
        {
          path: [...path, 'framing'],
          message: 'confluent needs schemaRegistry.url: the number of a schema is asked for there',
          involves: [['schemaRegistry', 'url']],
        },
      ]
    : []

/** Binary raw frames of a route have the route's content type, so that must be one that its payload may have. */
const contentTrouble = (config: Config): readonly Finding[] =>
  Object.entries(config.routes).flatMap(([name, { contentType, payload }]) => {
    if (payload === undefined || contentType === 'application/octet-stream') return []
    const encoding = encodingOf(contentType)
    if (encoding !== undefined && payload.accept.includes(encoding)) return []
    const message = `got "${contentType}"; the route accepts ${payload.accept.join(', ')} only, so binary raw frames would all be refused`
    return [
      { path: ['routes', name, 'contentType'], message, involves: [['routes', name, 'payload', 'accept']] },
    ]
  })

/** A key that is a field of the payload must be a field of each of its messages. */
const keyTrouble = (config: Config, { find }: Descriptors): readonly Finding[] =>
  Object.entries(config.routes).flatMap(([name, { key, payload }]) => {
    if (payload === undefined || !key.startsWith('payload.')) return []
    const place = { path: ['routes', name, 'payload'], payload }
    return typesAt(place).flatMap(({ path, name: message }) => {
      const desc = find(message)
      const made = desc && compilePath(desc, key.split('.').slice(1))
      if (typeof made !== 'string') return []
      return [{ path: ['routes', name, 'key'], message: `got "${key}"; ${made}`, involves: [path] }]
    })
  })

/** `folder` is where relative files are found. */
export function payloadContradictions(config: Config, folder: string): readonly Finding[] {
  const places = payloadPlaces(config)
  const [first] = places
  const ownTroubles = [...places.flatMap((place) => framingTrouble(place, config)), ...contentTrouble(config)]
  if (first !== undefined && config.schemas.images.length === 0) {
    const message = `${first.path.join('.')} names messages: say where their descriptors are`
    return [{ path: images, message, involves: [first.path] }, ...ownTroubles]
  }
  const read = readImages(config.schemas.images, folder)
  if (read.troubles.length > 0)
    return [...read.troubles.map(({ at, message }) => ({ path: [...images, at], message })), ...ownTroubles]
  const merged = mergeImages(read.images)
  if (typeof merged === 'string') return [{ path: images, message: merged }, ...ownTroubles]
  const unknown = places.flatMap((place) => unknownTypes(place, merged))
  if (unknown.length > 0) return [...unknown, ...ownTroubles]
  const used = places.flatMap((place) => typesAt(place).map(({ name }) => name))
  const catalog = createCatalog(merged, used)
  const broken = typeof catalog === 'string' ? [{ path: images, message: catalog }] : []
  return [...broken, ...keyTrouble(config, merged), ...ownTroubles]
}
