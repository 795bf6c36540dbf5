// One idempotent producer: its id at Kafka, its sequence in each partition, and single attempts at sending parts of a batch.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaConfig } from '../config/settings.ts'
import type { Part, ProducerIdentity } from './entry.ts'
import { BrokerFailure, type FailureKind, kindOfCode } from './failure.ts'
import { Places } from './places.ts'
import { type Encoded, type ProducedLookup, produceExchange } from './produce.ts'
import { encodeBatch } from './record-batch.ts'
import { Wire, type WireOptions } from './wire.ts'

/** What became of a part: `stored` from `offset` on, or why not. */
export type Verdict = { readonly part: Part; readonly kind: FailureKind | 'stored'; readonly offset: number }

const sequences = 2 ** 31
/** Asking for a producer id, and milliseconds between. */
const mostTries = 20
const betweenTries = 25

type Identified = {
  readonly errorCode: number
  readonly producerId: string
  readonly producerEpoch: number
}

export class Producer {
  readonly places: Places
  readonly #wire: Wire
  readonly #config: KafkaConfig
  readonly #next = new Map<string, number>()
  #identity: ProducerIdentity | undefined
  #connecting: Promise<ProducerIdentity> | undefined

  constructor(options: WireOptions) {
    this.#config = options.config
    this.#wire = new Wire(options)
    this.places = new Places(this.#wire)
  }

  /** Makes sure of a connection and a producer id. Rejects with `BrokerFailure`. */
  async connect(): Promise<ProducerIdentity> {
    if (this.#identity !== undefined) return this.#identity
    // One at a time: a second id would begin every sequence anew under an attempt that counts by the first.
    this.#connecting ??= this.#identify().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #identify(): Promise<ProducerIdentity> {
    for (let tries = 1; ; tries++) {
      const args = { transactionalId: null, transactionTimeout: this.#config.requestTimeout }
      const given = await this.#wire.ask<Identified>('any', 'InitProducerId', args)
      if (given.errorCode === 0) {
        this.#next.clear()
        this.#identity = { id: BigInt(given.producerId), epoch: given.producerEpoch }
        return this.#identity
      } else if (kindOfCode(given.errorCode) !== 'moved' || tries === mostTries)
        throw new BrokerFailure('busy', `no producer id: error code ${given.errorCode}`)
      else await sleep(betweenTries) // a broker that just started gets its block of ids first
    }
  }

  /** Asks Kafka anything: rejects unless it answers. */
  async probe(): Promise<void> {
    await this.#wire.ask('any', 'ApiVersions', {})
    await this.connect()
  }

  /** Gives the producer id up. Due once a part in doubt is not sent again, or its sequence would be missing for ever. */
  renew(): void {
    this.#identity = undefined
  }

  /** Ends the attempt that is under way; what was sent is then in doubt. */
  interrupt(): void {
    this.#wire.reset()
  }

  close(): void {
    this.#wire.close()
  }

  /**
   * Sends parts of different partitions, one request to each leader, and answers what became of each. Never rejects.
   * Sets `doubt` of parts whose outcome is open.
   */
  async attempt(parts: readonly Part[]): Promise<Verdict[]> {
    let identity: ProducerIdentity
    try {
      identity = await this.connect()
    } catch {
      return parts.map((part) => ({ part, kind: 'not-sent', offset: -1 }))
    }
    const verdicts: Verdict[] = []
    const byLeader = new Map<number, Part[]>()
    for (const part of parts) {
      const leader = await this.#leader(part)
      if (typeof leader === 'string') {
        verdicts.push({ part, kind: leader, offset: -1 })
        continue
      }
      this.#stamp(part, identity)
      const theirs = byLeader.get(leader)
      if (theirs) theirs.push(part)
      else byLeader.set(leader, [part])
    }
    const sent = [...byLeader].map(([leader, theirs]) => this.#send(leader, theirs))
    for (const some of await Promise.all(sent)) verdicts.push(...some)
    return verdicts
  }

  async #leader({ topic, partition }: Part): Promise<number | FailureKind> {
    try {
      const leaders = this.places.peek(topic) ?? (await this.places.leaders(topic))
      const leader = leaders[partition] ?? -1
      return leader < 0 ? 'moved' : leader
    } catch (failed) {
      const { kind } = failed as BrokerFailure
      return kind === 'topic-missing' || kind === 'not-writable' ? kind : 'not-sent'
    }
  }

  #stamp(part: Part, identity: ProducerIdentity): void {
    if (part.producer === identity) return
    part.producer = identity
    part.sequence = this.#next.get(`${part.topic}/${part.partition}`) ?? 0
    part.bytes = undefined
  }

  async #send(leader: number, parts: readonly Part[]): Promise<Verdict[]> {
    const before = parts.map(({ doubt }) => doubt)
    const undo = (kind: FailureKind) =>
      parts.map((part, i) => {
        if (kind !== 'unknown') part.doubt = before[i] as boolean
        return { part, kind, offset: -1 }
      })
    let encoded: Encoded[]
    try {
      encoded = await Promise.all(parts.map((part) => this.#encode(part)))
    } catch {
      return undo('invalid-record')
    }
    let lookup: ProducedLookup
    try {
      const exchange = produceExchange(encoded, Math.max(this.#config.requestTimeout - 1_000, 1))
      lookup = (await this.#wire.exchange(leader, exchange, () => {
        // A record that was told meanwhile that it is not stored must not be.
        if (parts.some((part) => !part.doubt && part.entries.some(({ settled }) => settled))) return false
        for (const part of parts) part.doubt = true
        return true
      })) as ProducedLookup
    } catch (failed) {
      return undo((failed as BrokerFailure).kind === 'not-sent' ? 'not-sent' : 'unknown')
    }
    return parts.map((part, i) => {
      const { code, offset } = lookup(part) ?? { code: -1, offset: -1 }
      const kind = code === 0 ? 'stored' : kindOfCode(code)
      if (kind === 'stored') this.#advance(part)
      else if (kind !== 'unknown') part.doubt = before[i] as boolean
      return { part, kind, offset }
    })
  }

  async #encode(part: Part): Promise<Encoded> {
    const identity = part.producer as ProducerIdentity
    part.bytes ??= await encodeBatch(part, identity, this.#config.compression, Date.now())
    return { part, bytes: part.bytes }
  }

  #advance({ topic, partition, sequence, entries }: Part): void {
    this.#next.set(`${topic}/${partition}`, (sequence + entries.length) % sequences)
  }
}
