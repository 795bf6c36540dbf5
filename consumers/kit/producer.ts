// Sends records: one batch in flight, the next is what queued meanwhile; what Kafka has not answered is sent again, identical.
import { setTimeout as pause } from 'node:timers/promises'
import type { Kafka, Message, Producer } from 'kafkajs'
import { classify, type Verdict } from './failure.ts'
import { kafkajs } from './kafkajs.ts'
import { type KitLog, toText } from './log.ts'
import { isHeader, type Outgoing, type Place } from './record.ts'
import type { Sender } from './transport.ts'
import { within } from './within.ts'

type Entry = {
  readonly topic: string
  readonly message: Message
  readonly size: number
  readonly resolve: (place: Place) => void
  readonly reject: (error: Error) => void
}

const maxBatch = 500
const maxBatchBytes = 900 * 1024
/** Records that may wait; one more is refused. */
const maxQueue = 50_000
/** Batches of this many bytes and more are compressed. */
const worthCompressing = 2_048
const firstPauseMs = 50
const longestPauseMs = 1_000

export class BatchProducer implements Sender {
  readonly #kafka: Kafka
  readonly #log: KitLog
  /** The partition that each message was first given: a retry must not choose again. */
  readonly #partitions = new WeakMap<Message, number>()
  #queue: Entry[] = []
  #inFlight: readonly Entry[] = []
  #running: Promise<void> | undefined
  #producer: Producer | undefined
  #closed = false
  /** A refusal was told: the producer's sequence may have a hole. */
  #spent = false
  #away = false

  /** `kafka` should retry a few times and then give the failure back: the waiting is done here. */
  constructor(kafka: Kafka, log: KitLog) {
    this.#kafka = kafka
    this.#log = log
  }

  get away(): boolean {
    return this.#away
  }

  /** Resolves once Kafka has stored the record with acks=all; waits out any outage. Rejects if it cannot be stored. */
  send({ topic, key, partition = 0, value, headers }: Outgoing): Promise<Place> {
    if (this.#closed) return Promise.reject(new Error('the backend has stopped'))
    if (!Object.values(headers).every(isHeader))
      return Promise.reject(new TypeError('a header is text or bytes, or several of them'))
    if (this.#queue.length >= maxQueue) return Promise.reject(new Error(`${maxQueue} records wait for Kafka`))
    const message = { key, value, headers, ...(key === null ? { partition } : {}) }
    const size = (value?.length ?? 0) + (key?.length ?? 0) + 64 * Object.keys(headers).length
    return new Promise((resolve, reject) => {
      this.#queue.push({ topic, message, size, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Waits `timeoutMs` for what is queued, then rejects the rest: what was in flight may be stored. Answers whether all was sent. */
  async close(timeoutMs: number): Promise<boolean> {
    const flushed = await within(timeoutMs, this.#running)
    this.#closed = true
    for (const entry of [...this.#inFlight, ...this.#queue])
      entry.reject(new Error('the backend has stopped'))
    this.#queue = []
    await within(longestPauseMs, this.#drop())
    return flushed
  }

  async #run(): Promise<void> {
    await new Promise(setImmediate) // what is sent in this turn shares the first batch
    while (this.#queue.length > 0 && !this.#closed) {
      let bytes = 0
      let count = this.#queue.findIndex((entry) => (bytes += entry.size) > maxBatchBytes)
      if (count < 0) count = this.#queue.length
      this.#inFlight = this.#queue.splice(0, Math.min(maxBatch, Math.max(1, count)))
      await this.#deliver(this.#inFlight)
      this.#inFlight = []
      // An idempotent producer that has given a batch up might have the next one acknowledged and lost.
      if (this.#spent) await this.#drop()
    }
    this.#running = undefined // in the turn that found the queue empty: nothing can come in between
  }

  /** Sends until Kafka has stored or refused each record. */
  async #deliver(entries: readonly Entry[]): Promise<void> {
    for (let wait = firstPauseMs; !this.#closed; wait = Math.min(wait * 2, longestPauseMs)) {
      try {
        this.#settle(entries, await this.#attempt(entries))
        this.#away = false
        return
      } catch (thrown) {
        const verdict = classify(thrown)
        if (verdict === 'refused' || verdict === 'record-refused') return this.#sort(entries, verdict, thrown)
        if (verdict === 'fenced') await this.#drop()
        if (!this.#away) this.#log.warn({ failure: toText(thrown) }, 'Kafka takes no records; trying on')
        this.#away = true
        await pause(wait)
      }
    }
  }

  /**
   * Finds which records were refused. Partitions go on one by one and unchanged, by the same producer: of those that are
   * stored already Kafka then makes no second copy. One that Kafka certainly did not store may be halved.
   */
  async #sort(entries: readonly Entry[], verdict: Verdict, thrown: unknown): Promise<void> {
    const partOf = ({ topic, message }: Entry) => `${topic}/${this.#partitions.get(message)}`
    let parts = [...Map.groupBy(entries, partOf).values()]
    const half = Math.ceil(entries.length / 2)
    if (parts.length === 1 && verdict === 'record-refused' && entries.length > 1)
      parts = [entries.slice(0, half), entries.slice(half)]
    if (parts.length > 1) {
      for (const part of parts) await this.#deliver(part)
      return
    }
    for (const entry of entries) entry.reject(new Error(`not stored: ${toText(thrown)}`))
    this.#spent = true
  }

  async #attempt(entries: readonly Entry[]): Promise<Map<string, bigint>> {
    const producer = (this.#producer ??= this.#create())
    await producer.connect()
    const bytes = entries.reduce((sum, entry) => sum + entry.size, 0)
    const { GZIP, None } = kafkajs.CompressionTypes
    const byTopic = Map.groupBy(entries, ({ topic }) => topic)
    const stored = await producer.sendBatch({
      acks: -1,
      compression: bytes < worthCompressing ? None : GZIP,
      topicMessages: [...byTopic].map(([topic, some]) => ({
        topic,
        messages: some.map(({ message }) => message),
      })),
    })
    return new Map(
      stored.map(({ topicName, partition, baseOffset }) => [
        `${topicName}/${partition}`,
        BigInt(baseOffset ?? -1),
      ]),
    )
  }

  #settle(entries: readonly Entry[], offsets: Map<string, bigint>): void {
    for (const { topic, message, resolve } of entries) {
      const partition = this.#partitions.get(message) ?? 0
      const at = `${topic}/${partition}`
      const offset = offsets.get(at) ?? -1n
      offsets.set(at, offset + 1n)
      resolve({ topic, partition, offset: Number(offset) })
    }
  }

  #create(): Producer {
    const murmur2 = kafkajs.Partitioners.DefaultPartitioner()
    return this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: () => (given) => {
        const partition = this.#partitions.get(given.message) ?? murmur2(given)
        this.#partitions.set(given.message, partition)
        return partition
      },
    })
  }

  async #drop(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    this.#spent = false
    await producer?.disconnect().catch(() => {})
  }
}
