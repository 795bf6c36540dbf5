// One holding of one slot: the lease renewed, the log read, and the proof that both are still ours, until lost or given up.
import { setTimeout as wait } from 'node:timers/promises'
import type { SlotLoss, SlotReader } from '../delivery/ports.ts'
import type { Lease, Leases } from '../registry/ports.ts'
import type { SlotHome } from './home.ts'
import type { SlotLog } from './slot-log.ts'

export type TenureOptions = {
  readonly lease: Lease
  readonly topic: string
  readonly leases: Leases
  readonly leaseTtl: number
  /** Called once, when the slot is lost and not when it is given up. */
  readonly onLost: (reason: SlotLoss) => void
  /** The registry forgot us: every session of this slot has to be entered again. */
  readonly onForgotten: () => void
  readonly onRenewal: (ok: boolean) => void
}

const askKafkaMs = 2_000

export class Tenure {
  readonly slot: number
  readonly epoch: number
  readonly topic: string
  /** Whether the registry has every session of this slot. */
  registered = true
  reader: SlotReader | undefined
  /** Once the backlog was read ahead. */
  log: SlotLog | undefined
  home: SlotHome | undefined
  readonly #options: TenureOptions
  readonly #ended = new AbortController()
  // The lease is certainly ours until then, on both clocks: the second one also runs while a machine is suspended.
  #until: number
  #untilWall: number
  #checking: Promise<boolean> | undefined

  /** `takenAt` is `performance.now()` from before the lease was asked for. */
  constructor(options: TenureOptions, takenAt: number) {
    this.#options = options
    this.slot = options.lease.slot
    this.epoch = options.lease.epoch
    this.topic = options.topic
    this.#until = takenAt + options.leaseTtl
    this.#untilWall = Date.now() - (performance.now() - takenAt) + options.leaseTtl
  }

  get ended(): boolean {
    return this.#ended.signal.aborted
  }

  /** Whether the slot is certainly ours at this moment; costs two clock readings. */
  fresh(): boolean {
    return performance.now() < this.#until && Date.now() < this.#untilWall && !this.ended
  }

  /** Asks again where that is not certain: the registry first, Kafka if it is away. One question at a time. */
  check(): Promise<boolean> {
    // A lease that was given back must not be asked for again: that would take it anew.
    if (this.ended || this.fresh()) return Promise.resolve(!this.ended)
    this.#checking ??= this.#renew().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  /** Aborted when the slot is lost or given up. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  /** Renews three times a lease until the tenure ends. */
  async keep(): Promise<void> {
    while (!this.ended) {
      await wait(this.#options.leaseTtl / 3, undefined, { signal: this.#ended.signal }).catch(() => undefined)
      if (!this.ended) await this.#renew()
    }
  }

  lose(reason: SlotLoss): void {
    if (this.ended) return
    this.#ended.abort()
    this.#options.onLost(reason)
    void this.reader?.stop(askKafkaMs).catch(() => undefined)
  }

  /** Gives the slot back: what is settled is committed, the group left, the lease released. */
  async giveUp(timeoutMs: number): Promise<void> {
    if (this.ended) return
    await this.reader?.stop(timeoutMs).catch(() => undefined)
    if (this.ended) return
    this.#ended.abort()
    await this.#options.leases.release(this.#options.lease).catch(() => undefined)
  }

  async #renew(): Promise<boolean> {
    const asked = performance.now()
    const answer = await this.#options.leases
      .renew(this.#options.lease, this.registered)
      .catch(() => undefined)
    if (this.ended) return false
    this.#options.onRenewal(answer !== undefined)
    if (answer === 'lost') this.lose('fenced')
    else if (answer !== undefined) this.#extend(asked)
    else await this.#askKafka(asked)
    if (answer === 'restored') {
      this.registered = false
      this.#options.onForgotten()
    }
    return this.fresh()
  }

  /** The registry is away: the slot is ours for as long as Kafka keeps its partition with us. */
  async #askKafka(asked: number): Promise<void> {
    const owner = await this.reader?.stillOwner(askKafkaMs).catch(() => 'unknown' as const)
    if (this.ended) return
    if (owner === 'owner') this.#extend(asked)
    else if (owner === 'not-owner') this.lose('fenced')
  }

  #extend(asked: number): void {
    this.#until = asked + this.#options.leaseTtl
    this.#untilWall = Date.now() - (performance.now() - asked) + this.#options.leaseTtl
  }
}
