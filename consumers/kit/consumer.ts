// A member of a consumer group that outlives every outage: it waits for Kafka and its topics, and starts again if it crashes.
import type { Consumer, EachBatchPayload, TopicOffsets } from 'kafkajs'
import type { KafkaAccess } from './access.ts'
import { brief, createKafka, endless } from './kafkajs.ts'
import { type KitLog, toText } from './log.ts'
import type { Place } from './record.ts'
import type { Reading } from './transport.ts'
import { aborted, rest, within } from './within.ts'

export type ConsumerOptions = Reading & KafkaAccess & { readonly clientId: string }

export const heartbeatMs = 2_000
const pauseMs = 1_000
const commitMs = 1_000
const partitionsAtATime = 16

/**
 * Reads until `signal` aborts. Answers when it has joined the group for the first time, with a promise of its end. It
 * leaves the group when it ends, after what is in hand.
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
      options.onAssigned(undefined, false)
      await rest(pauseMs, signal)
    }
  }
  const ended = run()
  await Promise.race([joined, ended])
  return { ended }
}

async function runOnce(consumer: Consumer, options: ConsumerOptions, crashed: Promise<void>): Promise<void> {
  const { topics, signal, onBatch } = options
  const group = followGroup(consumer, options)
  const started = (async () => {
    await consumer.connect()
    // With false a member would skip to the end of a log whose committed offset is gone.
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitionsAtATime,
      async eachBatch({ batch, heartbeat, resolveOffset, commitOffsetsIfNecessary }) {
        group.write = commitOffsetsIfNecessary
        const { topic, partition, messages } = batch
        const next = Number(batch.lastOffset()) + 1
        const last = messages.at(-1)
        // Resolved is what was taken: the next batch may come while this one is worked on.
        if ((await onBatch({ topic, partition, messages, next }, heartbeat)) && last)
          resolveOffset(last.offset)
      },
    })
  })()
  await Promise.race([started, aborted(signal)])
  const committing = setInterval(() => void group.commit(), commitMs)
  await Promise.race([crashed, aborted(signal)])
  clearInterval(committing)
  if (!signal.aborted) return
  // Paused it goes on beating, so that nobody else begins what is in hand.
  consumer.pause(topics.map((topic) => ({ topic })))
  await options.idle()
  await group.commit()
}

type Commit = EachBatchPayload['commitOffsetsIfNecessary']

/** Tells what the group gives and takes, and commits: one commit at a time. */
function followGroup(
  consumer: Consumer,
  options: ConsumerOptions,
): { write: Commit | undefined; commit(): Promise<void> } {
  let member: string | undefined
  let committing: Promise<void> | undefined
  const commit = async (): Promise<void> => {
    const offsets = options.committable()
    if (offsets.length === 0) return
    try {
      await group.write?.({ topics: toTopics(offsets) })
      options.onCommitted(offsets)
    } catch (thrown) {
      // The next commit covers it; and where there is none, the records come again.
      options.log.debug({ failure: toText(thrown) }, 'offsets were not committed')
    }
  }
  const group = {
    // Set with each batch. The consumer's own commitOffsets would try on, over a rebalance, with what was another's by then.
    write: undefined as Commit | undefined,
    async commit() {
      await committing
      committing = commit().finally(() => {
        committing = undefined
      })
      await committing
    },
  }
  consumer.on('consumer.group_join', ({ payload: { memberId, memberAssignment } }) => {
    const partitions = Object.entries(memberAssignment).flatMap(([topic, some]) =>
      some.map((partition) => ({ topic, partition })),
    )
    // Whoever keeps its id was part of every generation in between: nobody else had its partitions.
    options.onAssigned(partitions, member === memberId)
    member = memberId
  })
  consumer.on('consumer.rebalancing', () => void group.commit())
  return group
}

const toTopics = (offsets: readonly Place[]): TopicOffsets[] =>
  [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    partitions: some.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
  }))

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

type Waiting = KafkaAccess & {
  readonly clientId: string
  readonly topics: readonly string[]
  readonly log: KitLog
  readonly signal: AbortSignal
}

/** Waits until every topic exists, saying once what it waits for. Answers false when the signal aborts first. */
export async function topicsThere({ topics, log, signal, ...options }: Waiting): Promise<boolean> {
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
