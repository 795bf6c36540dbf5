// Where messages go through: routes, channels, feeds and deliveries, each as AsyncAPI's channels and operations. Pure.
import type { Config } from '../../gateway/config/settings.ts'
import { schemaRef } from './json-schema.ts'

type Section = Readonly<Record<string, unknown>>

/** What one place brings into the document. */
export type Part = {
  readonly channels: Section
  readonly operations: Section
  readonly messages: Section
  /** Full names of the messages it speaks of. */
  readonly types: readonly string[]
}

type Payload = {
  readonly types: Readonly<Record<string, string>>
  readonly type?: string | undefined
  readonly accept?: readonly string[]
  readonly store?: 'json' | 'protobuf'
}

/** Ids take fewer characters than patterns of channels do; a short mark of the whole keeps two of them apart. */
const idOf = (text: string): string => {
  const plain = text.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^-+|-+$/g, '')
  if (plain === text) return text
  let mark = 0
  for (const letter of text) mark = (mark * 31 + (letter.codePointAt(0) ?? 0)) >>> 0
  return `${plain}-${mark.toString(36)}`
}

const ref = (path: string) => ({ $ref: `#/${path}` })

const contentTypes = { json: 'application/json', protobuf: 'application/protobuf' } as const

type Side = 'client' | 'kafka'

/** A message for each type; one for anything where no message is named. */
function messagesOf(place: string, side: Side, payload: Payload | undefined, headers: string | undefined) {
  const named: readonly (readonly [string | undefined, string])[] = [
    ...Object.entries(payload?.types ?? {}),
    ...(payload?.type === undefined ? [] : [[undefined, payload.type] as const]),
  ]
  const stored = side === 'kafka' ? payload?.store : undefined
  const about = headers === undefined ? {} : { headers: schemaRef(headers) }
  const entries = named.map(([type, message]) => [
    idOf([place, side, type ?? 'any'].join('.')),
    {
      name: message,
      title: type === undefined ? message : `${type}: ${message}`,
      contentType: contentTypes[stored ?? 'json'],
      ...about,
      payload: schemaRef(message),
      'x-protobuf-message': message,
      ...(side === 'client' && payload?.accept ? { 'x-accepts': payload.accept } : {}),
    },
  ])
  const anything = { title: 'anything', contentType: 'application/octet-stream', ...about }
  return entries.length > 0
    ? (Object.fromEntries(entries) as Section)
    : { [idOf(`${place}.${side}`)]: anything }
}

type Seat = {
  readonly id: string
  readonly side: Side
  readonly address: string
  readonly description: string
  readonly actions: readonly ('send' | 'receive')[]
  readonly payload: Payload | undefined
  readonly headers?: string
  readonly parameters?: Section
}

function partOf({ id, side, address, description, actions, payload, headers, parameters }: Seat): Part {
  const own = idOf(id)
  const messages = messagesOf(own, side, payload, headers)
  const names = Object.keys(messages)
  const channel = {
    address,
    description,
    servers: [ref(`servers/${side === 'kafka' ? 'kafka' : 'clients'}`)],
    ...(parameters === undefined ? {} : { parameters }),
    messages: Object.fromEntries(names.map((name) => [name, ref(`components/messages/${name}`)])),
  }
  const operations = actions.map((action) => [
    `${own}.${action}`,
    {
      action,
      channel: ref(`channels/${own}`),
      messages: names.map((name) => ref(`channels/${own}/messages/${name}`)),
    },
  ])
  const types = [
    ...Object.values(payload?.types ?? {}),
    ...(payload?.type === undefined ? [] : [payload.type]),
  ]
  return {
    channels: { [own]: channel },
    operations: Object.fromEntries(operations) as Section,
    messages,
    types,
  }
}

const routeParts = ({ routes }: Config): readonly Part[] =>
  Object.entries(routes).flatMap(([name, { topic, key, match, payload }]) => {
    const path = match.find((each) => each.path !== undefined)?.path
    return [
      partOf({
        id: `route.${name}`,
        side: 'client',
        address: path ?? '/',
        description: `Frames of the route ${name}: publish and request with route: "${name}"${path === undefined ? '' : `, or bare messages on ${path}`}.`,
        actions: ['receive'],
        payload,
      }),
      partOf({
        id: `route.${name}.topic`,
        side: 'kafka',
        address: topic,
        description: `Records of the route ${name}, by ${key}.`,
        actions: ['send'],
        payload,
        headers: 'record.inbound',
      }),
    ]
  })

const channelParts = ({ channels, topics }: Config): readonly Part[] =>
  Object.entries(channels).flatMap(([pattern, { topic, publish, subscribe, payload }]) => {
    const names = [...pattern.matchAll(/\{([^{}*]+)\*?\}/g)].map(([, name = '']) => name)
    const parameters = Object.fromEntries(names.map((name) => [name, { description: 'of the channel' }]))
    const seat = { payload, ...(names.length === 0 ? {} : { parameters }) }
    const actions = [
      ...(subscribe === false ? [] : ['send' as const]),
      ...(publish === false ? [] : ['receive' as const]),
    ]
    return [
      partOf({
        ...seat,
        id: `channel.${pattern}`,
        side: 'client',
        address: pattern.replace(/\*\}/g, '}'),
        description: `Channels ${pattern}, by subscribe and by publish with channel.`,
        actions,
      }),
      partOf({
        id: `channel.${pattern}.topic`,
        side: 'kafka',
        address: topic ?? topics.channels,
        description: `Messages of the channels ${pattern}, with ce_to: channel:<name>.`,
        actions: publish === false ? ['receive'] : ['receive', 'send'],
        payload,
        headers: 'record.delivery',
      }),
    ]
  })

const feedParts = ({ feeds }: Config): readonly Part[] =>
  Object.entries(feeds).map(([name, { topic, to, payload }]) =>
    partOf({
      id: `feed.${name}`,
      side: 'kafka',
      address: topic,
      description: `The feed ${name}: each record is for ${to}.`,
      actions: ['receive'],
      payload,
    }),
  )

const deliveryParts = ({ topics, delivery: { payload } }: Config): readonly Part[] => [
  partOf({
    id: 'deliveries',
    side: 'kafka',
    address: topics.dispatch,
    description: `What backends write for users, sessions and everyone. Replies go to the topic in ce_replyto, one of ${topics.slot}<n>.`,
    actions: ['receive'],
    payload,
    headers: 'record.delivery',
  }),
  partOf({
    id: 'deliveries.client',
    side: 'client',
    address: '/',
    description: 'What clients are sent: message and reply.',
    actions: ['send'],
    payload,
  }),
]

export const places = (config: Config): readonly Part[] => [
  ...routeParts(config),
  ...channelParts(config),
  ...feedParts(config),
  ...deliveryParts(config),
]
