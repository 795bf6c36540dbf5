// A member of a shared group: each batch is handled and then committed; one that fails is read again.
import { setTimeout as wait } from 'node:timers/promises'
import type { Consumer, EachBatchPayload, PartitionAssigner } from 'kafkajs'
import type { KafkaConfig } from '../config/settings.ts'
import type { SharedReader, SharedReaderOptions } from '../delivery/ports.ts'
import { type BrokerLog, createKafka, retryUntil } from './client.ts'
import { BrokerFailure, toFailure } from './failure.ts'
import { kafkajs } from './internals.ts'
import { createPassOver } from './pass-over.ts'
import { toRecord } from './record.ts'

/** A member that died is not evicted here: its partitions wait this long. Milliseconds. */
const sessionTimeout = 8_000
const rebalanceTimeout = 6_000
const heartbeatInterval = 2_000
const maxWaitTimeInMs = 500
const longestPauseMs = 2_000
const startAgainMs = 1_000

/** Once `ended` a member does not join again, whatever kafkajs tries. */
const roundRobinUntil =
  (ended: AbortSignal): PartitionAssigner =>
  (given) => {
    const roundRobin = kafkajs.PartitionAssigners.roundRobin(given)
    return {
      ...roundRobin,
      protocol(subscription) {
        if (ended.aborted) throw new kafkajs.KafkaJSNonRetriableError('the reader was stopped')
        return roundRobin.protocol(subscription)
      },
    }
  }

export class KafkaSharedReader implements SharedReader {
  readonly #options: SharedReaderOptions
  readonly #config: KafkaConfig
  readonly #log: BrokerLog
  readonly #consumer: Consumer
  readonly #lags = new Map<string, number>()
  readonly #ended = new AbortController()
  readonly #joined = Promise.withResolvers<void>()
  #running: Promise<void> = Promise.resolve()
  readonly #passOver: ReturnType<typeof createPassOver>
  #failures = 0

  constructor(options: SharedReaderOptions, config: KafkaConfig, log: BrokerLog) {
    this.#options = options
    this.#config = config
    this.#log = log
    this.#passOver = createPassOver(config, log, options.maxAge)
    const retry = retryUntil(this.#ended.signal)
    this.#consumer = createKafka(config, { log, retry }).consumer({
      groupId: options.group,
      partitionAssigners: [roundRobinUntil(this.#ended.signal)],
      sessionTimeout,
      rebalanceTimeout,
      heartbeatInterval,
      maxWaitTimeInMs,
      minBytes: 1,
      allowAutoTopicCreation: false,
      retry,
    })
    this.#consumer.on('consumer.group_join', ({ payload }) => {
      const ours = new Set(
        Object.entries(payload.memberAssignment).flatMap(([topic, list]) =>
          list.map((one) => `${topic}/${one}`),
        ),
      )
      for (const place of this.#lags.keys()) if (!ours.has(place)) this.#lags.delete(place)
      this.#joined.resolve()
    })
    this.#consumer.on('consumer.crash', ({ payload }) => {
      if (payload.restart || this.#ended.signal.aborted) return
      log.warn({ failure: toFailure(payload.error).message, group: options.group }, 'a reader starts again')
      void this.#again()
    })
  }

  /** Resolves once joined; rejects with `BrokerFailure` after `kafka.joinTimeout`. */
  async start(): Promise<void> {
    const topics = this.#options.topics.join(', ')
    const late = setTimeout(
      () => this.#joined.reject(new BrokerFailure('busy', `the group of ${topics} could not be joined`)),
      this.#config.joinTimeout,
    )
    this.#joined.promise.catch(() => undefined)
    try {
      this.#running = this.#run()
      this.#running.catch((failed: unknown) => this.#joined.reject(toFailure(failed)))
      await this.#joined.promise
    } catch (failed) {
      await this.stop(0)
      throw toFailure(failed)
    } finally {
      clearTimeout(late)
    }
  }

  get lag(): number | undefined {
    let sum: number | undefined
    for (const lag of this.#lags.values()) sum = (sum ?? 0) + lag
    return sum
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#ended.abort()
    // kafkajs loses sight of a consumer that is told to stop while it joins, and that one runs on: the join comes first.
    const leaving = this.#running.catch(() => undefined).then(() => this.#consumer.disconnect())
    await Promise.race([leaving.catch(() => undefined), wait(timeoutMs, undefined, { ref: false })])
  }

  async #run(): Promise<void> {
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true })
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#onBatch(payload),
    })
  }

  /** kafkajs gives up after an error that it thinks will not pass; a group that nobody reads helps no one. */
  async #again(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      await wait(startAgainMs, undefined, { signal }).catch(() => undefined)
      try {
        if (!signal.aborted) {
          this.#running = this.#run()
          await this.#running
        }
        return
      } catch (failed) {
        this.#log.debug({ failure: toFailure(failed).message }, 'a reader could not start')
      }
    }
  }

  async #onBatch({
    batch,
    resolveOffset,
    heartbeat,
    commitOffsetsIfNecessary,
  }: EachBatchPayload): Promise<void> {
    const { signal } = this.#ended
    // Nothing else ends a consumer that kafkajs has lost sight of.
    if (signal.aborted) throw new kafkajs.KafkaJSNonRetriableError('the reader was stopped')
    const { topic, partition } = batch
    const passed = await this.#passOver(batch)
    if (passed !== undefined) return this.#consumer.seek({ topic, partition, offset: passed })
    const records = batch.messages.map((message) => toRecord(batch.topic, batch.partition, message))
    const last = batch.lastOffset()
    // A long batch must not cost the membership.
    const beat = setInterval(() => void heartbeat().catch(() => undefined), heartbeatInterval)
    try {
      if (records.length > 0) await this.#options.onBatch(records, signal)
      this.#failures = 0
    } catch (failed) {
      this.#log.warn({ failure: toFailure(failed).message, topic: batch.topic }, 'a batch is read again')
      const pauseMs = Math.min(50 * 2 ** this.#failures++, longestPauseMs)
      await wait(pauseMs, undefined, { signal }).catch(() => undefined)
      return
    } finally {
      clearInterval(beat)
    }
    resolveOffset(last)
    this.#lags.set(`${topic}/${partition}`, Math.max(0, Number(batch.highWatermark) - Number(last) - 1))
    const offsets = { topics: [{ topic, partitions: [{ partition, offset: String(Number(last) + 1) }] }] }
    await commitOffsetsIfNecessary(offsets)
    await heartbeat()
  }
}
