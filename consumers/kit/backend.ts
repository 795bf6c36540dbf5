// A backend: consumes what clients send, answers, and sends to users, sessions, channels or everyone.
import type { DescMessage } from '@bufbuild/protobuf'
import type { KafkaAccess } from './access.ts'
import { type Consumption, startConsuming } from './consumption.ts'
import { type Counters, createCounters } from './counters.ts'
import type { Directory } from './directory.ts'
import type { Handler } from './handling.ts'
import { createKafkaTransport } from './kafka-transport.ts'
import { type KitLog, plainLog } from './log.ts'
import { toPayload, type Value } from './payload.ts'
import type { Received } from './received.ts'
import type { Place } from './record.ts'
import type { SendOptions, SendTopics, Targets } from './send.ts'
import { createSending, type Delivered, type Sending, type WaitOptions } from './sending.ts'
import type { Source, TypedReceived, TypedSource } from './source.ts'
import type { Transport } from './transport.ts'
import { toTyped } from './typed-received.ts'
import { within } from './within.ts'

export type BackendSettings = {
  /** The consumer group: backends of one group share the work. */
  readonly group: string
  readonly log?: KitLog
  /** Topics for `sendTo`, where the gateway's settings have other names. */
  readonly topics?: Partial<SendTopics>
  /** Where sessions are: what is for one user or one session then goes to it in one hop. Default: by dispatch. */
  readonly directory?: Directory
}

export type BackendOptions = BackendSettings &
  KafkaAccess & {
    /** Shown by Kafka for this client; default the group. */
    readonly clientId?: string
  }

export type PublishOptions = {
  /** Picks the partition; records of one key stay in order. */
  readonly key: string | Buffer
  readonly headers?: Readonly<Record<string, string | Buffer>>
  /** Default: `application/json`, or `text/plain` for a string; none for a Buffer. */
  readonly contentType?: string
}

export type Health = {
  readonly ok: boolean
  /** What is not well, for people. */
  readonly reasons: readonly string[]
  readonly consumers: readonly {
    readonly group: string
    readonly joined: boolean
    readonly partitions: number
    readonly inHand: number
  }[]
}

export type Backend = {
  /**
   * Handles the records of topics: those of one key in order, others side by side. An offset is committed once the
   * record was handled, so after a crash some come again. Resolves when this member has joined its group.
   */
  consume<D extends DescMessage, R extends DescMessage | undefined = undefined>(
    source: TypedSource<D, R>,
    handler: (received: TypedReceived<D, R>) => unknown,
  ): Promise<void>
  consume(source: string | Source, handler: Handler): Promise<void>
  /** The same with several records of a partition at once, in order. Where they fail together each is tried alone. */
  consumeBatches(source: Source, handler: (received: readonly Received[]) => unknown): Promise<void>
  /**
   * Sends to clients. Resolves once Kafka has stored it; with `receipt` and `timeoutMs` when the gateway has said what
   * became of it, or did not in time.
   */
  sendTo(targets: Targets, value: Value, options: WaitOptions): Promise<Delivered>
  sendTo(targets: Targets, value: Value, options?: SendOptions): Promise<Place>
  /** Writes to any topic. */
  publish(topic: string, value: Value, options: PublishOptions): Promise<Place>
  health(): Health
  /** How often what happened since the start. `toPrometheus` makes text of it. */
  counters(): Counters
  /**
   * Starts no further records, waits for those in hand, commits, leaves the groups and sends what is queued: in
   * `timeoutMs` (default 10 s) or not at all. Answers whether all of it was done; if not, Kafka was away, and only
   * the end of the process ends the attempts to reach it.
   */
  stop(timeoutMs?: number): Promise<boolean>
}

export const defaultTopics: SendTopics = {
  slot: 'openclaw.slot.',
  dispatch: 'openclaw.dispatch',
  channels: 'openclaw.channels',
  receipts: 'openclaw.receipts',
}

export function createBackend(options: BackendOptions): Backend {
  const { group, clientId = group, log: _log, topics: _topics, directory: _directory, ...access } = options
  return createBackendOn(createKafkaTransport({ ...access, clientId, group }), options)
}

/** A backend on any log that keeps the promises of `transport.ts`: the test kit's is in memory. */
export function createBackendOn(transport: Transport, settings: BackendSettings): Backend {
  const { group, log = plainLog, topics, directory } = settings
  const counters = createCounters()
  const stopping = new AbortController()
  const { signal } = stopping
  const sending: Sending = createSending({
    transport,
    directory,
    topics: { ...defaultTopics, ...topics },
    counters,
    log,
    signal,
  })
  const consumptions = new Map<string, Consumption>()

  const start = async (
    source: Source,
    handler: (received: readonly Received[]) => unknown,
    inBatches: boolean,
  ): Promise<void> => {
    const { group: own = group } = source
    // Members of one group that ask for different topics would be given each other's.
    if (consumptions.has(own))
      throw new Error(`group ${own} has its handler; give each consume() a group of its own`)
    if (signal.aborted) throw new Error('the backend has stopped')
    const consumption = startConsuming({
      transport,
      source,
      group: own,
      handler,
      inBatches,
      sending,
      counters,
      log,
      signal,
    })
    consumptions.set(own, consumption)
    await consumption.joined
  }

  return {
    consume(
      given: string | Source | TypedSource<DescMessage, DescMessage | undefined>,
      handler: (received: never) => unknown,
    ) {
      const source = typeof given === 'string' ? { topic: given } : given
      const one = handler as (received: unknown) => unknown
      if ('schema' in source) {
        const typed = source as TypedSource<DescMessage, DescMessage | undefined>
        return start(source, ([received]) => one(toTyped(received as Received, typed)), false)
      }
      return start(source, ([received]) => one(received), false)
    },
    consumeBatches: (source, handler) => start(source, handler, true),
    sendTo: sending.sendTo,
    async publish(topic, value, { key, headers = {}, contentType }) {
      const payload = toPayload(value)
      const type = contentType ?? payload.contentType
      const all = type === undefined ? headers : { ...headers, 'content-type': type }
      counters.sent += 1
      return sending.publish({ topic, key, value: payload.bytes, headers: all })
    },
    health() {
      const consumers = [...consumptions].map(([name, { work }]) => ({
        group: name,
        joined: work.joined,
        partitions: work.partitions,
        inHand: work.inHand,
      }))
      const reasons = [
        ...(signal.aborted ? ['the backend has stopped'] : []),
        ...(sending.away ? ['Kafka takes no records'] : []),
        ...consumers.flatMap(({ group: name, joined }) =>
          joined ? [] : [`not a member of the group ${name}`],
        ),
      ]
      return { ok: reasons.length === 0, reasons, consumers }
    },
    counters: () => ({ ...counters }),
    async stop(timeoutMs = 10_000) {
      const deadline = performance.now() + timeoutMs
      stopping.abort()
      const all = [...consumptions.values()]
      const consumed = await within(timeoutMs, Promise.all(all.map(({ ended }) => ended)))
      return (await sending.close(Math.max(0, deadline - performance.now()))) && consumed
    },
  }
}
