// Reads every log of a run back when all is over: what really stands in Kafka, beside what everybody says.
import kafkajs, { type Admin, type EachBatchPayload, type KafkaMessage } from 'kafkajs'
import { waitFor } from '../support/wait.ts'
import type { Entry, Receipt, Stored } from './history.ts'

const { Kafka, logLevel } = kafkajs

export type LogNames = {
  readonly inbound: string
  readonly slots: readonly string[]
  readonly dispatch: string
  readonly receipts: string
  readonly events: string
  readonly quarantine: string
}

const patienceMs = 120_000

/** Hands over the entries of all logs, those of one partition in order of their offsets. */
export async function readLogs(
  brokers: readonly string[],
  names: LogNames,
  onEntry: (entry: Entry) => void,
): Promise<void> {
  const kafka = new Kafka({ clientId: 'chaos', brokers: [...brokers], logLevel: logLevel.NOTHING })
  const { inbound, slots, dispatch, receipts, events, quarantine } = names
  const topics = [inbound, ...slots, dispatch, receipts, events, quarantine]
  const left = await ends(kafka.admin(), topics)
  const consumer = kafka.consumer({ groupId: `chaos-${Math.random()}`, maxWaitTimeInMs: 100 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topics, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }: EachBatchPayload) => {
        const { topic, partition } = batch
        for (const message of batch.messages) {
          const entry = toEntry(names, topic, partition, message)
          if (entry) onEntry(entry)
        }
        const [at, end] = [`${topic}/${partition}`, Number(batch.lastOffset()) + 1]
        if (end >= (left.get(at) ?? 0)) left.delete(at)
        return Promise.resolve()
      },
    })
    const describe = () => `the logs to be read; left ${JSON.stringify([...left])}`
    await waitFor(() => left.size === 0, { timeoutMs: patienceMs, everyMs: 50, describe })
  } finally {
    await consumer.disconnect()
  }
}

async function ends(admin: Admin, topics: readonly string[]): Promise<Map<string, number>> {
  await admin.connect()
  try {
    const found = new Map<string, number>()
    for (const topic of topics) {
      for (const { partition, high } of await admin.fetchTopicOffsets(topic))
        if (Number(high) > 0) found.set(`${topic}/${partition}`, Number(high))
    }
    return found
  } finally {
    await admin.disconnect()
  }
}

const parse = (message: KafkaMessage): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(message.value?.toString() ?? '') as Record<string, unknown>
  } catch {
    return undefined
  }
}

function toEntry(
  names: LogNames,
  topic: string,
  partition: number,
  message: KafkaMessage,
): Entry | undefined {
  const [at, offset] = [Number(message.timestamp), Number(message.offset)]
  const value = parse(message)
  const header = (name: string): string | undefined => message.headers?.[name]?.toString()
  if (value === undefined) return undefined
  if (topic === names.receipts) return toReceipt(value, at)
  if (topic === names.events) {
    const { session = '', kind = '', reason } = value as { session?: string; kind?: string; reason?: string }
    return { e: 'event', at, session, kind, id: header('ce_id') ?? '', ...(reason ? { reason } : {}) }
  }
  if (topic === names.quarantine)
    return { e: 'quarantined', at, origin: message.key?.toString() ?? '', detail: String(value['detail']) }
  const { uuid } = value
  if (typeof uuid !== 'string') return undefined
  const place = { e: 'stored', at, topic, partition, offset, uuid } as const
  const given = {
    source: header('ce_source'),
    id: header('ce_id'),
    sequence: header('ce_sequence'),
    session: header('ce_session'),
    request: header('ce_request'),
  }
  if (topic === names.inbound)
    return clean({ ...place, log: 'inbound', ...given, key: message.key?.toString(), send: header('x-send') })
  const to = header('ce_to') ?? (given.session === undefined ? '' : `session:${given.session}`)
  const log = topic === names.dispatch ? 'dispatch' : 'slot'
  return clean({ ...place, log, to, origin: header('ce_origin'), request: given.request })
}

/** Leaves out what is undefined. */
const clean = (entry: { [K in keyof Stored]: Stored[K] | undefined }): Stored =>
  Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as unknown as Stored

function toReceipt(value: Record<string, unknown>, at: number): Receipt {
  const { origin, target, outcome, reason, lost, node } = value as {
    origin?: { topic: string; partition: number; offset: string }
    lost?: { topic: string; partition: number; from: string; to: string }
  } & Record<'target' | 'outcome' | 'reason' | 'node', string | undefined>
  return {
    e: 'receipt',
    at,
    origin: origin ? `${origin.topic}/${origin.partition}/${origin.offset}` : '',
    target: target ?? '',
    outcome: outcome ?? '',
    ...(reason ? { reason } : {}),
    ...(node ? { node } : {}),
    ...(lost ? { lost: { ...lost, from: Number(lost.from), to: Number(lost.to) } } : {}),
  }
}
