// Routes whose values begin with the number of their schema: under which subject the registry knows them.
import type { Config } from '../config/settings.ts'
import { headOf, indexesOf } from '../payloads/confluent.ts'
import type { MessageType } from '../payloads/message-type.ts'
import type { Frame } from '../payloads/payload-rule.ts'
import { createNumbers } from '../schema-registry/numbers.ts'

export type Framing = {
  /** Nothing for routes without framing. */
  ofRoute(name: string | undefined): { readonly frame?: Frame }
  start(): void
  stop(): void
}

type Parts = Pick<Config, 'routes' | 'schemaRegistry'>

const none: Framing = { ofRoute: () => ({}), start: () => undefined, stop: () => undefined }

export function createFraming(
  { routes, schemaRegistry }: Parts,
  onUnknown: (subject: string, failure: unknown) => void,
): Framing {
  const { url, timeout, refresh, subject: strategy } = schemaRegistry
  const framed = Object.entries(routes).flatMap(([name, { topic, payload }]) =>
    payload?.framing === 'confluent' ? [{ name, topic, payload }] : [],
  )
  if (url === undefined || framed.length === 0) return none
  const numbers = createNumbers({ url, timeout, refresh, onFailure: onUnknown })
  const subjectOf = (topic: string, message: string): string =>
    strategy === 'topic' ? `${topic}-value` : strategy === 'record' ? message : `${topic}-${message}`
  const subjects = framed.flatMap(({ topic, payload }) =>
    [...Object.values(payload.types), payload.type ?? []].flat().map((message) => subjectOf(topic, message)),
  )
  return {
    ofRoute(name) {
      const route = framed.find((each) => each.name === name)
      if (route === undefined) return {}
      const isProtobuf = route.payload.store === 'protobuf'
      return {
        frame(type: MessageType, bytes: Buffer) {
          const number = numbers.of(subjectOf(route.topic, type.name))
          if (number === undefined) return undefined
          return Buffer.concat([headOf(number, isProtobuf ? indexesOf(type.desc) : undefined), bytes])
        },
      }
    },
    start: () => numbers.start(subjects),
    stop: () => numbers.stop(),
  }
}
