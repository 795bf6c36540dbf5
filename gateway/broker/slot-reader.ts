// The exclusive reader of one slot's log: joined by epoch, fenced by the group, committing only what is settled.
import { setTimeout as wait } from 'node:timers/promises'
import type { Consumer, ConsumerGroupJoinEvent } from 'kafkajs'
import type { SlotLoss, SlotReader, SlotReaderOptions } from '../delivery/ports.ts'
import { Committer } from './committer.ts'
import { insist } from './deadline.ts'
import { keepEvicting } from './evict.ts'
import { BrokerFailure, toFailure } from './failure.ts'
import { Group } from './group.ts'
import { forgetMember, generationOf } from './internals.ts'
import { LogCursor } from './log-cursor.ts'
import { readLogEnds } from './log-ends.ts'
import { longPollOf, type Reach } from './reach.ts'
import { createSlotConsumer, runSlotConsumer } from './slot-consumer.ts'
import { SlotReading } from './slot-reading.ts'
import type { Wire } from './wire.ts'

const partition = 0
const askAgainMs = 100

export class KafkaSlotReader implements SlotReader {
  readonly #options: SlotReaderOptions
  readonly #reach: Reach
  /** For fetches, which Kafka holds back. */
  readonly #fetches: Wire
  readonly #group: Group
  readonly #consumer: Consumer
  readonly #committer: Committer
  readonly #ended = new AbortController()
  readonly #joined = Promise.withResolvers<void>()
  #running: Promise<void> = Promise.resolve()
  #reading: SlotReading | undefined

  constructor(options: SlotReaderOptions, reach: Reach) {
    const { config, log, wire } = reach
    this.#options = options
    this.#reach = reach
    this.#fetches = wire.apart()
    this.#group = new Group(wire, options.group)
    this.#committer = new Committer({
      ...options,
      settledOffset: () => this.#reading?.committable,
      partition,
      group: this.#group,
      log,
      ended: this.#ended.signal,
    })
    this.#consumer = createSlotConsumer({ ...options, config, log, ended: this.#ended.signal })
    this.#ended.signal.addEventListener('abort', () => this.#fetches.close())
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
      this.#reach.config.joinTimeout,
    )
    this.#joined.promise.catch(() => undefined)
    try {
      this.#running = runSlotConsumer(this.#consumer, topic)
      this.#running.catch((failed: unknown) => this.#joined.reject(toFailure(failed)))
      const joining = new AbortController()
      void keepEvicting(this.#group, this.#options.epoch, joining.signal, this.#reach.log)
      await this.#joined.promise.finally(() => joining.abort())
      const reading = await insist(() => this.#begin(), this.#reach.config.joinTimeout)
      void this.#read(reading)
      void this.#committer.keep()
    } catch (failed) {
      await this.stop(0)
      throw toFailure(failed)
    } finally {
      clearTimeout(late)
    }
  }

  get nextOffset(): number | undefined {
    return this.#reading?.next
  }

  get lag(): number | undefined {
    return this.#reading?.lag
  }

  get began(): SlotReader['began'] {
    if (this.#reading === undefined) throw new Error('where a slot begins is known once it was joined')
    return this.#reading.began
  }

  committed(timeoutMs: number): Promise<number | undefined> {
    return insist(() => this.#group.committed(this.#options.topic, partition), timeoutMs)
  }

  async stillOwner(timeoutMs: number): Promise<'owner' | 'not-owner' | 'unknown'> {
    const until = performance.now() + timeoutMs
    for (;;) {
      if (this.#ended.signal.aborted) return 'not-owner'
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

  /** kafkajs comes back as a new member after a crash; without this it would wait for the old one. */
  #evictGhost(): void {
    const { membership } = this.#committer
    if (membership !== undefined) this.#group.evict(membership.memberId).catch(() => undefined)
  }

  /** At the committed offset, or where that is not in the log, at the log's beginning. */
  async #begin(): Promise<SlotReading> {
    const { topic } = this.#options
    const { wire, places, config, log } = this.#reach
    const [committed, { start, end }] = await Promise.all([
      this.#group.committed(topic, partition),
      readLogEnds(wire, places, topic, partition),
    ])
    const next = committed !== undefined && committed >= start && committed <= end ? committed : start
    this.#committer.committed ??= committed
    this.#reading ??= new SlotReading({
      reader: this.#options,
      cursor: new LogCursor({ wire, places, fetches: this.#fetches, topic, partition, from: next }),
      began: { committed, next, logStart: start },
      end,
      longPollMs: longPollOf(config),
      ended: this.#ended.signal,
      log,
    })
    return this.#reading
  }

  async #read(reading: SlotReading): Promise<void> {
    try {
      await reading.read()
    } catch (failed) {
      // Going on would skip records that nobody handled.
      this.#reach.log.warn({ err: failed }, 'the handling of a batch of a slot failed')
      this.#lose('crashed')
    }
  }

  /** kafkajs loses sight of a consumer that is told to stop while it joins, and that one runs on: the join comes first. */
  async #leave(): Promise<void> {
    await this.#running.catch(() => undefined)
    await this.#consumer.disconnect()
  }

  #onJoin({ payload: { memberId, memberAssignment } }: ConsumerGroupJoinEvent): void {
    // Stopped while kafkajs started it again: as no member of its group it ends, for it may not join any more.
    if (this.#ended.signal.aborted) return void this.#group.evict(memberId).catch(() => undefined)
    const generation = generationOf(memberId)
    const isOurs = memberAssignment[this.#options.topic]?.includes(partition) ?? false
    if (!isOurs || generation === undefined) {
      this.#joined.reject(new BrokerFailure('fenced', 'another member has the slot'))
      return this.#lose('rebalanced')
    }
    this.#committer.membership = { memberId, generation }
    // We read by ourselves: kafkajs only keeps the membership, and skips in silence what is gone from a log.
    this.#consumer.pause([{ topic: this.#options.topic }])
    this.#joined.resolve()
  }

  #lose(reason: SlotLoss): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort()
    this.#options.onLost(reason)
    void this.#leave().catch(() => undefined)
  }
}
