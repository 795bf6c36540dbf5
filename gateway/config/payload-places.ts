// Where in a configuration payloads are described: routes, channels, feeds and deliveries, each with its path.
import type { Config } from './settings.ts'
import type { Path } from './tree.ts'

type RoutePayload = NonNullable<Config['routes'][string]['payload']>
type OutboundPayload = NonNullable<Config['delivery']['payload']>

export type PayloadPlace = {
  readonly path: Path
  readonly payload: OutboundPayload & Partial<Pick<RoutePayload, 'accept' | 'store' | 'framing'>>
}

export type PayloadConfigs = {
  readonly routes: Readonly<Record<string, Pick<Config['routes'][string], 'payload'>>>
  readonly channels: Readonly<Record<string, Pick<Config['channels'][string], 'payload'>>>
  readonly feeds: Readonly<Record<string, Pick<Config['feeds'][string], 'payload'>>>
  readonly delivery: Pick<Config['delivery'], 'payload'>
}

const inSection = (
  section: 'routes' | 'channels' | 'feeds',
  entries: Readonly<Record<string, { readonly payload?: PayloadPlace['payload'] | undefined }>>,
): readonly PayloadPlace[] =>
  Object.entries(entries).flatMap(([name, { payload }]) =>
    payload === undefined ? [] : [{ path: [section, name, 'payload'], payload }],
  )

/** Every `payload` of a configuration, in the order of the table. */
export const payloadPlaces = ({
  routes,
  channels,
  feeds,
  delivery,
}: PayloadConfigs): readonly PayloadPlace[] => [
  ...inSection('routes', routes),
  ...inSection('channels', channels),
  ...inSection('feeds', feeds),
  ...(delivery.payload === undefined ? [] : [{ path: ['delivery', 'payload'], payload: delivery.payload }]),
]

/** The messages that one place names, each with its path. */
export const typesAt = ({ path, payload }: PayloadPlace): readonly { path: Path; name: string }[] => [
  ...Object.entries(payload.types).map(([type, name]) => ({ path: [...path, 'types', type], name })),
  ...(payload.type === undefined ? [] : [{ path: [...path, 'type'], name: payload.type }]),
]
