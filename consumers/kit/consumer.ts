// A member of a consumer group that outlives every outage: it waits for Kafka and its topics, and starts again if it crashes.
import type { Consumer, EachBatchHandler } from 'kafkajs'
import type { KafkaAccess } from './access.ts'
import { brief, createKafka, endless } from './kafkajs.ts'
import { type KitLog, toText } from './log.ts'
import { rest, within } from './within.ts'

export type ConsumerOptions = KafkaAccess & {
  readonly clientId: string
  readonly group: string
  readonly topics: readonly string[]
  readonly partitionsAtATime: number
  readonly sessionTimeoutMs: number
  readonly eachBatch: EachBatchHandler
  readonly log: KitLog
  readonly signal: AbortSignal
}

export const heartbeatMs = 2_000
const pauseMs = 1_000

/**
 * Reads until `signal` aborts. Answers when it has joined the group for the first time, with a promise of its end. It
 * leaves the group when it ends, after the batches under way.
 */
export async function consumeTopics(options: ConsumerOptions): Promise<{ readonly ended: Promise<void> }> {
  const { signal, log, group } = options
  const { promise: joined, resolve: onJoined } = Promise.withResolvers<void>()
  const run = async () => {
    while (!signal.aborted && (await topicsThere(options))) {
      const consumer = createConsumer(options)
      const crashed = new Promise<void>((resolve) => {
        consumer.on('consumer.crash', ({ payload: { error, restart } }) => {
          log.warn({ group, failure: toText(error) }, 'the consumer crashed; it starts again')
          if (!restart) resolve()
        })
        consumer.on('consumer.group_join', () => onJoined())
      })
      await runOnce(consumer, options, crashed).catch((thrown: unknown) =>
        log.warn({ group, failure: toText(thrown) }, 'the consumer could not start; trying on'),
      )
      await consumer.disconnect().catch(() => {})
      await rest(pauseMs, signal)
    }
  }
  const ended = run()
  await Promise.race([joined, ended])
  return { ended }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

async function runOnce(consumer: Consumer, options: ConsumerOptions, crashed: Promise<void>): Promise<void> {
  const { topics, partitionsAtATime, eachBatch, signal } = options
  const started = (async () => {
    await consumer.connect()
    // With false a member would skip to the end of a log whose committed offset is gone.
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitionsAtATime,
      eachBatch,
    })
  })()
  await Promise.race([started, aborted(signal)])
  await Promise.race([crashed, aborted(signal)])
}

const createConsumer = (options: ConsumerOptions): Consumer =>
  createKafka(options, endless).consumer({
    groupId: options.group,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: 60_000,
    heartbeatInterval: heartbeatMs,
    maxWaitTimeInMs: 500,
    minBytes: 1,
    retry: { ...endless, restartOnFailure: () => Promise.resolve(true) },
    allowAutoTopicCreation: false,
  })

/** Waits until every topic exists, saying once what it waits for. Answers false when the signal aborts first. */
async function topicsThere({ topics, log, signal, ...options }: ConsumerOptions): Promise<boolean> {
  for (let told = false; !signal.aborted; told = true) {
    const admin = createKafka({ ...options, log }, brief).admin()
    try {
      await admin.connect()
      await admin.fetchTopicMetadata({ topics: [...topics] })
      return true
    } catch (thrown) {
      if (!told) log.warn({ topics, failure: toText(thrown) }, 'waiting for Kafka and the topics')
    } finally {
      await within(pauseMs, admin.disconnect())
    }
    await rest(pauseMs, signal)
  }
  return false
}
