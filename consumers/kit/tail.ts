// Reads what comes to a topic from now on, for this process alone: a group that commits nothing and remembers by itself where it is.
import { randomUUID } from 'node:crypto'
import type { KafkaAccess } from './access.ts'
import { topicsThere } from './consumer.ts'
import { brief, createKafka, endless } from './kafkajs.ts'
import { type KitLog, toText } from './log.ts'
import type { Arrival } from './record.ts'
import { aborted, rest } from './within.ts'

export type TailOptions = KafkaAccess & {
  readonly clientId: string
  readonly group: string
  readonly topic: string
  readonly log: KitLog
  readonly signal: AbortSignal
  onRecord(arrival: Arrival): void
}

const pauseMs = 1_000

/** Resolves when "now" is fixed and the group joined; reads until `signal` aborts, over every outage. */
export async function tailTopic(options: TailOptions): Promise<void> {
  const { topic, log, signal } = options
  if (!(await topicsThere({ ...options, topics: [topic] }))) throw new Error('the backend has stopped')
  const next = await endsOf(options)
  const { promise: joined, resolve } = Promise.withResolvers<void>()
  const run = async () => {
    while (!signal.aborted) {
      await readOnce(options, next, resolve).catch((thrown: unknown) =>
        log.warn({ topic, failure: toText(thrown) }, 'the reader of a topic could not start; trying on'),
      )
      await rest(pauseMs, signal)
    }
  }
  void run()
  await Promise.race([joined, aborted(signal)])
}

async function endsOf({ topic, log, ...options }: TailOptions): Promise<Map<number, number>> {
  const admin = createKafka({ ...options, log }, brief).admin()
  try {
    await admin.connect()
    const offsets = await admin.fetchTopicOffsets(topic)
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]))
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

async function readOnce(
  options: TailOptions,
  next: Map<number, number>,
  onJoined: () => void,
): Promise<void> {
  const { topic, group, signal, onRecord } = options
  const consumer = createKafka(options, endless).consumer({
    groupId: `${group}.${topic}.${randomUUID()}`,
    sessionTimeout: 30_000,
    heartbeatInterval: 2_000,
    maxWaitTimeInMs: 500,
    retry: { ...endless, restartOnFailure: () => Promise.resolve(true) },
    allowAutoTopicCreation: false,
  })
  const crashed = new Promise<void>((resolve) => {
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) resolve()
    })
  })
  // Nothing is committed, so wherever the group begins, it goes on where this process is.
  consumer.on('consumer.group_join', ({ payload: { memberAssignment } }) => {
    for (const partition of memberAssignment[topic] ?? [])
      consumer.seek({ topic, partition, offset: String(next.get(partition) ?? 0) })
    onJoined()
  })
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch: { partition, messages, lastOffset } }) => {
        for (const message of messages) onRecord({ topic, partition, message })
        next.set(partition, Number(lastOffset()) + 1)
        return Promise.resolve()
      },
    })
    await Promise.race([crashed, aborted(signal)])
  } finally {
    await consumer.disconnect().catch(() => undefined)
  }
}
