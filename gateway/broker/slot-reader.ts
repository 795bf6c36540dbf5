// The exclusive reader of one slot's log: joined by epoch, fenced by the group, committing only what is settled.
import { setTimeout as wait } from 'node:timers/promises'
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { KafkaConfig } from '../config/settings.ts'
import type { IncomingRecord, SlotLoss, SlotReader, SlotReaderOptions } from '../delivery/ports.ts'
import { type BrokerLog, createKafka, endlessRetry } from './client.ts'
import { createEpochAssigner } from './epoch-assigner.ts'
import { evictOlder, slotClientId } from './evict.ts'
import { BrokerFailure, toFailure } from './failure.ts'
import { Group, type Membership } from './group.ts'
import { forgetMember, generationOf } from './internals.ts'
import { readLogEnds } from './log-ends.ts'
import { Places } from './places.ts'
import { toRecord } from './record.ts'
import type { Wire } from './wire.ts'

const partition = 0
const sessionTimeout = 30_000
const rebalanceTimeout = 6_000
const heartbeatInterval = 2_500
const maxWaitTimeInMs = 500
const commitEveryMs = 1_000
const evictEveryMs = 200
const askAgainMs = 100

export class KafkaSlotReader implements SlotReader {
  nextOffset: number | undefined
  lag: number | undefined
  readonly #options: SlotReaderOptions
  readonly #config: KafkaConfig
  readonly #log: BrokerLog
  readonly #group: Group
  readonly #consumer: Consumer
  readonly #wire: Wire
  readonly #ended = new AbortController()
  readonly #joined = Promise.withResolvers<void>()
  #membership: Membership | undefined
  #committed: number | undefined

  constructor(options: SlotReaderOptions, config: KafkaConfig, log: BrokerLog, wire: Wire) {
    this.#options = options
    this.#config = config
    this.#log = log
    this.#group = new Group(wire, options.group)
    this.#wire = wire
    const clientId = slotClientId(config.clientId, options.epoch)
    const kafka = createKafka(config, { log, clientId, retry: endlessRetry })
    this.#consumer = kafka.consumer({
      groupId: options.group,
      partitionAssigners: [createEpochAssigner(options.epoch, () => this.#over)],
      sessionTimeout,
      rebalanceTimeout,
      heartbeatInterval,
      maxWaitTimeInMs,
      minBytes: 1,
      allowAutoTopicCreation: false,
      retry: { ...endlessRetry, restartOnFailure: () => Promise.resolve(!this.#over) },
    })
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
      const running = this.#run()
      running.catch((failed: unknown) => this.#joined.reject(toFailure(failed)))
      void this.#evictOthers()
      await this.#joined.promise
      await this.#findStart()
      void this.#keepCommitting()
    } catch (failed) {
      await this.stop(0)
      throw toFailure(failed)
    } finally {
      clearTimeout(late)
    }
  }

  async stillOwner(timeoutMs: number): Promise<'owner' | 'not-owner' | 'unknown'> {
    if (this.#over) return 'not-owner'
    if (this.#membership === undefined) return 'unknown'
    const late = wait(timeoutMs, 'unknown' as const, { ref: false })
    return Promise.race([this.#group.has(this.#membership).catch(() => 'unknown' as const), late])
  }

  async stop(timeoutMs: number): Promise<void> {
    const wasOver = this.#over
    const leaving = async () => {
      if (!wasOver) await this.#commit()
      this.#ended.abort()
      await this.#consumer.disconnect()
    }
    // kafkajs never ends this while Kafka is away.
    await Promise.race([leaving().catch(() => undefined), wait(timeoutMs, undefined, { ref: false })])
    this.#ended.abort()
    if (this.#membership !== undefined) forgetMember(this.#membership.memberId)
  }

  get #over(): boolean {
    return this.#ended.signal.aborted
  }

  async #run(): Promise<void> {
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topic: this.#options.topic, fromBeginning: true })
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#onBatch(payload),
    })
  }

  /** A holder that died still stands in the group; without this its session would have to run out first. */
  async #evictOthers(): Promise<void> {
    let waiting = true
    void this.#joined.promise
      .catch(() => undefined)
      .then(() => {
        waiting = false
      })
    while (waiting && !this.#over) {
      try {
        await evictOlder(this.#group, this.#options.epoch)
      } catch (failed) {
        this.#log.debug({ failure: toFailure(failed).message }, 'could not look for dead members')
      }
      await wait(evictEveryMs)
    }
  }

  /** kafkajs comes back as a new member after a crash; without this it would wait for the old one. */
  #evictGhost(): void {
    if (this.#membership === undefined) return
    this.#group.evict(this.#membership.memberId).catch(() => undefined)
  }

  /** Where kafkajs begins: at the committed offset, or where that is not in the log, at its beginning. */
  async #findStart(): Promise<void> {
    const { topic } = this.#options
    const [committed, { start, end }] = await Promise.all([
      this.#group.committed(topic, partition),
      readLogEnds(this.#wire, new Places(this.#wire), topic, partition),
    ])
    this.#committed = committed
    this.nextOffset ??= committed !== undefined && committed >= start && committed <= end ? committed : start
    this.lag ??= end - this.nextOffset
  }

  #onJoin({ payload: { memberId, memberAssignment } }: ConsumerGroupJoinEvent): void {
    const generation = generationOf(memberId)
    const ours = memberAssignment[this.#options.topic]?.includes(partition) ?? false
    if (!ours || generation === undefined) {
      this.#joined.reject(new BrokerFailure('fenced', 'another member has the slot'))
      return this.#lose('rebalanced')
    }
    this.#membership = { memberId, generation }
    if (this.nextOffset !== undefined) {
      this.#consumer.seek({ topic: this.#options.topic, partition, offset: String(this.nextOffset) })
    }
    this.#joined.resolve()
  }

  async #onBatch({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
    if (this.#over) return
    if (!(await this.#options.mayServe())) {
      // Not known now: the same batch is read again.
      await wait(askAgainMs, undefined, { signal: this.#ended.signal }).catch(() => undefined)
      return heartbeat()
    }
    // After a seek kafkajs may still hand on what it had fetched before. A log that ends before our place was cut.
    const isCut = Number(batch.highWatermark) < (this.nextOffset ?? 0)
    const from = isCut ? 0 : (this.nextOffset ?? 0)
    const fresh = batch.messages.filter(({ offset }: KafkaMessage) => Number(offset) >= from)
    const records: IncomingRecord[] = fresh.map((message) => toRecord(batch.topic, batch.partition, message))
    const last = batch.lastOffset()
    if (Number(last) >= from) this.nextOffset = Number(last) + 1
    this.lag = Math.max(0, Number(batch.highWatermark) - Number(last) - 1)
    try {
      if (records.length > 0 && !this.#over) await this.#options.onBatch(records)
    } catch (failed) {
      // Going on would skip records that nobody handled.
      this.#log.warn({ err: failed }, 'the handling of a batch of a slot failed')
      return this.#lose('crashed')
    }
    resolveOffset(last)
    await heartbeat()
  }

  async #keepCommitting(): Promise<void> {
    while (!this.#over) {
      await wait(commitEveryMs, undefined, { signal: this.#ended.signal }).catch(() => undefined)
      if (!this.#over) await this.#commit()
    }
  }

  async #commit(): Promise<void> {
    const offset = this.#options.settledOffset()
    if (offset === undefined || offset === this.#committed || this.#membership === undefined) return
    if (!(await this.#options.mayServe()) || this.#over) return
    try {
      const taken = await this.#group.commit(this.#membership, this.#options.topic, partition, offset)
      if (taken) this.#committed = offset
    } catch (failed) {
      this.#log.debug({ failure: toFailure(failed).message }, 'commit of a slot failed; the next one will do')
    }
  }

  #lose(reason: SlotLoss): void {
    if (this.#over) return
    this.#ended.abort()
    this.#options.onLost(reason)
    void this.#consumer.disconnect().catch(() => undefined)
  }
}
