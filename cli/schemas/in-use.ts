// Which messages the configuration names, and whether the schemas have them.
import { readFileSync } from 'node:fs'
import { readImages } from '../../gateway/config/image-files.ts'
import { payloadPlaces, typesAt } from '../../gateway/config/payload-places.ts'
import type { Config } from '../../gateway/config/settings.ts'
import { type Descriptors, mergeImages } from '../../gateway/payloads/descriptors.ts'

export type Use = {
  /** `route chat`. */
  readonly where: string
  /** The type that this message is for; undefined: any. */
  readonly type: string | undefined
  readonly message: string
}

const kinds: Readonly<Record<string, string>> = { routes: 'route', channels: 'channel', feeds: 'feed' }

/** Every message that a route, a channel, a feed or a delivery names. */
export const usesOf = (config: Config): readonly Use[] =>
  payloadPlaces(config).flatMap((place) =>
    typesAt(place).map(({ path, name }) => {
      const [section = '', owner = ''] = place.path.map(String)
      const kind = kinds[section]
      return {
        where: kind === undefined ? 'deliveries' : `${kind} ${owner}`,
        type: path.length > place.path.length + 1 ? String(path.at(-1)) : undefined,
        message: name,
      }
    }),
  )

/**
 * The messages that the configuration will know: of its images, the one at `own` replaced by the fresh `image`. A
 * sentence where they cannot be read together.
 */
export function knownMessages(config: Config, own: string, image: string): Descriptors | string {
  const others = config.schemas.images.filter((place) => place !== own)
  const { images, troubles } = readImages(others)
  const [trouble] = troubles
  if (trouble !== undefined) return trouble.message
  return mergeImages([...images, { name: image, bytes: readFileSync(image) }])
}

/** The routes, channels and feeds that reach a message, by itself or inside another. */
export function usersOf(uses: readonly Use[], { find }: Descriptors, message: string): readonly string[] {
  const reaches = (name: string, seen: Set<string>): boolean => {
    if (name === message) return true
    if (seen.has(name)) return false
    seen.add(name)
    const inside = find(name)?.fields.flatMap(
      (field) => field.message?.typeName ?? field.enum?.typeName ?? [],
    )
    return inside?.some((each) => reaches(each, seen)) ?? false
  }
  const users = uses.filter((use) => reaches(use.message, new Set())).map(({ where }) => where)
  return [...new Set(users)]
}
