// The exclusive reader of one slot's log: joined by epoch, fenced by the group, committing only what is settled.
import { setTimeout as wait } from 'node:timers/promises'
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { KafkaConfig } from '../config/settings.ts'
import type { IncomingRecord, SlotLoss, SlotReader, SlotReaderOptions } from '../delivery/ports.ts'
import { type BrokerLog, createKafka, endlessRetry } from './client.ts'
import { createEpochAssigner } from './epoch-assigner.ts'
import { BrokerFailure, toFailure } from './failure.ts'
import { Group, type Membership } from './group.ts'
import { forgetMember, generationOf } from './internals.ts'
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
  readonly #clientId: string
  readonly #ended = new AbortController()
  readonly #joined = Promise.withResolvers<void>()
  #membership: Membership | undefined
  #committed: number | undefined

  constructor(options: SlotReaderOptions, config: KafkaConfig, log: BrokerLog, wire: Wire) {
    this.#options = options
    this.#config = config
    this.#log = log
    this.#group = new Group(wire, options.group)
    this.#clientId = `${config.clientId}-${options.epoch}`
    const kafka = createKafka(config, { log, clientId: this.#clientId, retry: endlessRetry })
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
      if (payload.restart) return
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
      this.nextOffset ??= (await this.#group.committed(topic, partition)) ?? 0
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
        for (const { memberId, clientId } of await this.#group.members()) {
          if (clientId !== this.#clientId) await this.#group.evict(memberId)
        }
      } catch (failed) {
        this.#log.debug({ failure: toFailure(failed).message }, 'could not look for dead members')
      }
      await wait(evictEveryMs)
    }
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
    // After a seek kafkajs may still hand on what it had fetched before.
    const from = this.nextOffset ?? 0
    const fresh = batch.messages.filter(({ offset }: KafkaMessage) => Number(offset) >= from)
    const records: IncomingRecord[] = fresh.map((message) => toRecord(batch.topic, batch.partition, message))
    const last = batch.lastOffset()
    if (Number(last) >= from) this.nextOffset = Number(last) + 1
    this.lag = Math.max(0, Number(batch.highWatermark) - Number(last) - 1)
    if (records.length > 0 && !this.#over) await this.#options.onBatch(records)
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
