// A backend: consumes what clients send, answers, and sends to users, sessions, channels or everyone.
import type { KafkaAccess } from './access.ts'
import { createGate, handleBatch } from './batch.ts'
import { consumeTopics, heartbeatMs } from './consumer.ts'
import { type Handler, type HandlingOptions, handle } from './handling.ts'
import { brief, createKafka } from './kafkajs.ts'
import { type KitLog, plainLog } from './log.ts'
import { toPayload, type Value } from './payload.ts'
import { BatchProducer } from './producer.ts'
import type { Place } from './record.ts'
import { type SendOptions, type Target, toDelivery } from './send.ts'
import { within } from './within.ts'

export type BackendOptions = KafkaAccess & {
  /** The consumer group: backends of one group share the work. */
  readonly group: string
  /** Shown by Kafka for this client; default the group. */
  readonly clientId?: string
  readonly log?: KitLog
  /** Topics for `sendTo`, where the gateway's settings have other names. */
  readonly topics?: { readonly dispatch?: string; readonly channels?: string }
}

export type ConsumeOptions = HandlingOptions & {
  /** Records in hand at a time, over all partitions. Default 16. */
  readonly concurrency?: number
  /**
   * Milliseconds after which Kafka gives the partitions of a member that it does not hear of to others: the time that a
   * crash costs. Default 30 s; the least that brokers allow is 6 s by default.
   */
  readonly sessionTimeoutMs?: number
  /** Another group than the backend's: each `consume` of one backend needs its own. */
  readonly group?: string
}

export type PublishOptions = {
  /** Picks the partition; records of one key stay in order. */
  readonly key: string | Buffer
  readonly headers?: Readonly<Record<string, string | Buffer>>
  /** Default: `application/json`, or `text/plain` for a string; none for a Buffer. */
  readonly contentType?: string
}

export type Backend = {
  /**
   * Handles the records of topics: those of one key in order, others side by side. An offset is committed once the
   * record was handled, so after a crash some come again. Resolves when this member has joined its group.
   */
  consume(topics: string | readonly string[], handler: Handler, options?: ConsumeOptions): Promise<void>
  /** Sends to clients. Resolves once Kafka has stored it; that it arrived is told by a receipt. */
  sendTo(targets: Target | readonly Target[], value: Value, options?: SendOptions): Promise<Place>
  /** Writes to any topic. */
  publish(topic: string, value: Value, options: PublishOptions): Promise<Place>
  /**
   * Starts no further records, waits for those in hand, commits, leaves the groups and sends what is queued: in
   * `timeoutMs` (default 10 s) or not at all. Answers whether all of it was done; if not, Kafka was away, and only
   * the end of the process ends the attempts to reach it.
   */
  stop(timeoutMs?: number): Promise<boolean>
}

const commitMs = 1_000
const partitionsAtATime = 16

export function createBackend({
  group,
  clientId = group,
  log = plainLog,
  topics,
  ...access
}: BackendOptions): Backend {
  const kafka = createKafka({ ...access, clientId, log }, brief)
  const producer = new BatchProducer(kafka, log)
  const stopping = new AbortController()
  const { signal } = stopping
  const groups = new Map<string, Promise<unknown>>()
  const sendTopics = { dispatch: 'openclaw.dispatch', channels: 'openclaw.channels', ...topics }

  return {
    async consume(given, handler, options = {}) {
      const { concurrency = 16, group: own = group, sessionTimeoutMs = 30_000 } = options
      // Members of one group that ask for different topics would be given each other's.
      if (groups.has(own))
        throw new Error(`group ${own} has its handler; give each consume() a group of its own`)
      if (signal.aborted) throw new Error('the backend has stopped')
      const publish = producer.send.bind(producer)
      const context = { handler, options, publish, log, signal }
      const gate = createGate(concurrency)
      const consuming = consumeTopics({
        ...access,
        clientId,
        group: own,
        topics: typeof given === 'string' ? [given] : given,
        partitionsAtATime,
        sessionTimeoutMs,
        log,
        signal,
        eachBatch: (batch) =>
          handleBatch(batch, {
            handle: (arrival) => handle(arrival, context),
            gate,
            signal,
            heartbeatMs,
            commitMs,
          }),
      })
      groups.set(
        own,
        consuming.then(({ ended }) => ended),
      )
      await consuming
    },

    async sendTo(targets, value, options = {}) {
      return producer.send(toDelivery(targets, value, options, sendTopics))
    },

    async publish(topic, value, { key, headers = {}, contentType }) {
      const payload = toPayload(value)
      const type = contentType ?? payload.contentType
      const all = type === undefined ? headers : { ...headers, 'content-type': type }
      return producer.send({ topic, key, value: payload.bytes, headers: all })
    },

    async stop(timeoutMs = 10_000) {
      const deadline = performance.now() + timeoutMs
      stopping.abort()
      const consumed = await within(timeoutMs, Promise.all(groups.values()))
      return (await producer.close(Math.max(0, deadline - performance.now()))) && consumed
    },
  }
}
