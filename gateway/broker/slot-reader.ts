// The exclusive reader of one slot's log: joined by epoch, fenced by the group, committing only what is settled.
import { setTimeout as wait } from 'node:timers/promises'
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { KafkaConfig } from '../config/settings.ts'
import type { SlotLoss, SlotReader, SlotReaderOptions } from '../delivery/ports.ts'
import type { BrokerLog } from './client.ts'
import { Committer } from './committer.ts'
import { keepEvicting } from './evict.ts'
import { BrokerFailure, toFailure } from './failure.ts'
import { Group } from './group.ts'
import { forgetMember, generationOf, kafkajs } from './internals.ts'
import { readLogEnds } from './log-ends.ts'
import { Places } from './places.ts'
import { toRecord } from './record.ts'
import { createSlotConsumer, heartbeatInterval, runSlotConsumer } from './slot-consumer.ts'
import type { Wire } from './wire.ts'

const partition = 0
const askAgainMs = 100

export class KafkaSlotReader implements SlotReader {
  nextOffset: number | undefined
  lag: number | undefined
  readonly #options: SlotReaderOptions
  readonly #config: KafkaConfig
  readonly #log: BrokerLog
  readonly #wire: Wire
  readonly #group: Group
  readonly #consumer: Consumer
  readonly #committer: Committer
  readonly #ended = new AbortController()
  readonly #joined = Promise.withResolvers<void>()
  #running: Promise<void> = Promise.resolve()

  constructor(options: SlotReaderOptions, config: KafkaConfig, log: BrokerLog, wire: Wire) {
    this.#options = options
    this.#config = config
    this.#log = log
    this.#wire = wire
    this.#group = new Group(wire, options.group)
    this.#committer = new Committer({
      ...options,
      partition,
      group: this.#group,
      log,
      ended: this.#ended.signal,
    })
    this.#consumer = createSlotConsumer({ ...options, config, log, ended: this.#ended.signal })
    this.#consumer.on('consumer.group_join', (event) => this.#onJoin(event))
    this.#consumer.on('consumer.crash', ({ payload }) => {
      if (payload.restart) return this.#evictGhost()
      this.#joined.reject(toFailure(payload.error))
      this.#lose('crashed')
    })
  }

  /** Resolves when the partition is ours; rejects with `BrokerFailure` where that takes longer than `kafka.joinTimeout`. */
  async start(): Promise<void> {
    const { topic } = this.#options
    const late = setTimeout(
      () =>
        this.#joined.reject(new BrokerFailure('busy', `the group of ${topic} did not give us its partition`)),
      this.#config.joinTimeout,
    )
    this.#joined.promise.catch(() => undefined)
    try {
      this.#running = runSlotConsumer(this.#consumer, topic, (payload) => this.#onBatch(payload))
      this.#running.catch((failed: unknown) => this.#joined.reject(toFailure(failed)))
      const joining = new AbortController()
      void keepEvicting(this.#group, this.#options.epoch, joining.signal, this.#log)
      await this.#joined.promise.finally(() => joining.abort())
      await this.#findStart()
      void this.#committer.keep()
    } catch (failed) {
      await this.stop(0)
      throw toFailure(failed)
    } finally {
      clearTimeout(late)
    }
  }

  async stillOwner(timeoutMs: number): Promise<'owner' | 'not-owner' | 'unknown'> {
    const until = performance.now() + timeoutMs
    for (;;) {
      if (this.#over) return 'not-owner'
      const left = until - performance.now()
      const answer = await this.#ask(left)
      // While the group is between two generations it will soon know.
      if (answer !== 'unknown' || left <= askAgainMs) return answer
      await wait(askAgainMs, undefined, { signal: this.#ended.signal }).catch(() => undefined)
    }
  }

  async stop(timeoutMs: number): Promise<void> {
    const leaving = async () => {
      await this.#committer.commit()
      this.#ended.abort()
      await this.#leave()
    }
    // kafkajs may take long for this while Kafka is away.
    await Promise.race([leaving().catch(() => undefined), wait(timeoutMs, undefined, { ref: false })])
    this.#ended.abort()
    this.#joined.reject(new BrokerFailure('busy', 'the reader was stopped'))
    if (this.#committer.membership !== undefined) forgetMember(this.#committer.membership.memberId)
  }

  async #ask(timeoutMs: number): Promise<'owner' | 'not-owner' | 'unknown'> {
    const { membership } = this.#committer
    if (membership === undefined) return 'unknown'
    const late = wait(timeoutMs, 'unknown' as const, { ref: false })
    return Promise.race([this.#group.has(membership).catch(() => 'unknown' as const), late])
  }

  get #over(): boolean {
    return this.#ended.signal.aborted
  }

  /** kafkajs comes back as a new member after a crash; without this it would wait for the old one. */
  #evictGhost(): void {
    const { membership } = this.#committer
    if (membership !== undefined) this.#group.evict(membership.memberId).catch(() => undefined)
  }

  /** Where kafkajs begins: at the committed offset, or where that is not in the log, at its beginning. */
  async #findStart(): Promise<void> {
    const { topic } = this.#options
    const [committed, { start, end }] = await Promise.all([
      this.#group.committed(topic, partition),
      readLogEnds(this.#wire, new Places(this.#wire), topic, partition),
    ])
    this.#committer.committed ??= committed
    this.nextOffset ??= committed !== undefined && committed >= start && committed <= end ? committed : start
    this.lag ??= end - this.nextOffset
  }

  /** kafkajs loses sight of a consumer that is told to stop while it joins, and that one runs on: the join comes first. */
  async #leave(): Promise<void> {
    await this.#running.catch(() => undefined)
    await this.#consumer.disconnect()
  }

  #onJoin({ payload: { memberId, memberAssignment } }: ConsumerGroupJoinEvent): void {
    // Stopped while kafkajs started it again: as no member of its group it ends, for it may not join any more.
    if (this.#over) return void this.#group.evict(memberId).catch(() => undefined)
    const generation = generationOf(memberId)
    const isOurs = memberAssignment[this.#options.topic]?.includes(partition) ?? false
    if (!isOurs || generation === undefined) {
      this.#joined.reject(new BrokerFailure('fenced', 'another member has the slot'))
      return this.#lose('rebalanced')
    }
    this.#committer.membership = { memberId, generation }
    if (this.nextOffset !== undefined) {
      this.#consumer.seek({ topic: this.#options.topic, partition, offset: String(this.nextOffset) })
    }
    this.#joined.resolve()
  }

  async #onBatch({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
    // Nothing else ends a consumer that kafkajs has lost sight of.
    if (this.#over) throw new kafkajs.KafkaJSNonRetriableError('the reader was stopped')
    if (!(await this.#options.mayServe())) {
      // Not known now: the same batch is read again.
      await wait(askAgainMs, undefined, { signal: this.#ended.signal }).catch(() => undefined)
      return heartbeat()
    }
    // After a seek kafkajs may still hand on what it had fetched before. A log that ends before our place was cut.
    const from = Number(batch.highWatermark) < (this.nextOffset ?? 0) ? 0 : (this.nextOffset ?? 0)
    const fresh = batch.messages.filter(({ offset }: KafkaMessage) => Number(offset) >= from)
    const last = batch.lastOffset()
    if (Number(last) >= from) this.nextOffset = Number(last) + 1
    this.lag = Math.max(0, Number(batch.highWatermark) - Number(last) - 1)
    // A long batch must not cost the membership.
    const beat = setInterval(() => void heartbeat().catch(() => undefined), heartbeatInterval)
    try {
      const records = fresh.map((message) => toRecord(batch.topic, batch.partition, message))
      if (records.length > 0 && !this.#over) await this.#options.onBatch(records)
    } catch (failed) {
      // Going on would skip records that nobody handled.
      this.#log.warn({ err: failed }, 'the handling of a batch of a slot failed')
      return this.#lose('crashed')
    } finally {
      clearInterval(beat)
    }
    resolveOffset(last)
    await heartbeat()
  }

  #lose(reason: SlotLoss): void {
    if (this.#over) return
    this.#ended.abort()
    this.#options.onLost(reason)
    void this.#leave().catch(() => undefined)
  }
}
