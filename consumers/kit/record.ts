// Records as the kit knows them: on their way out and the place they get, as they come in, and how far a group has come.
import type { IHeaders, KafkaMessage } from 'kafkajs'

export type Outgoing = {
  readonly topic: string
  /** Picks the partition. Without a key it is `partition`, by default 0. */
  readonly key: Buffer | string | null
  readonly partition?: number
  readonly value: Buffer | null
  readonly headers: IHeaders
}

/** Where a record is in Kafka. */
export type Place = { readonly topic: string; readonly partition: number; readonly offset: number }

/** The place of a record that waits for the end of its transaction. */
export const placeLater = (topic: string): Place => ({ topic, partition: -1, offset: -1 })

export type Partition = Omit<Place, 'offset'>

export type KafkaRecord = Pick<KafkaMessage, 'key' | 'value' | 'timestamp' | 'offset' | 'headers'>

export type Arrival = { readonly topic: string; readonly partition: number; readonly message: KafkaRecord }

/** Records of one partition in the order of its log. */
export type Batch = Partition & {
  readonly messages: readonly KafkaRecord[]
  /** The offset behind the last, markers of transactions included. */
  readonly next: number
}

export type Publish = (record: Outgoing) => Promise<Place>

export const offsetOf = ({ message }: Arrival): number => Number(message.offset)

/** `topic/partition/offset`. */
export const originOf = ({ topic, partition, message }: Arrival): string =>
  `${topic}/${partition}/${message.offset}`

export const toTexts = (headers: IHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, given]) => {
      const last: Buffer | string | null | undefined = Array.isArray(given) ? given.at(-1) : given
      return last === undefined || last === null ? [] : [[name, last.toString()]]
    }),
  )

/** Found here, since a record that kafkajs cannot encode would take its neighbours with it. */
export const isHeader = (given: unknown): boolean =>
  given === null ||
  given === undefined ||
  typeof given === 'string' ||
  Buffer.isBuffer(given) ||
  (Array.isArray(given) && given.every(isHeader))
