// Sees to it that this node holds a slot: takes one, and takes another when that one is lost.
import { setTimeout as wait } from 'node:timers/promises'
import type { Events } from '../events.ts'
import type { Leases } from '../registry/ports.ts'
import { readControl } from './control.ts'
import type { Deliver } from './deliver.ts'
import type { IncomingRecord, Logs, SlotLoss } from './ports.ts'
import { Tenure } from './tenure.ts'

export type SlotHolderDeps = {
  readonly node: string
  readonly leases: Leases
  readonly logs: Logs
  readonly deliver: Deliver
  readonly events: Events
  readonly secrets: readonly string[]
  readonly slotTopic: string
  readonly leaseTtl: number
  readonly maxPending: number
  onTaken(tenure: Tenure): void
  /** Called before another slot is taken: the connections of the lost one have to end. */
  onLost(tenure: Tenure, reason: SlotLoss): void
  onForgotten(tenure: Tenure): void
}

const retryMs = 500
/** Milliseconds that a stop waits for a question to the registry that is under way. */
const settleMs = 1_500

export class SlotHolder {
  /** The slot this node has now. */
  current: Tenure | undefined
  /** `performance.now()` when this node's latest canary came back. */
  canaryAt: number | undefined
  /** Why there is no slot yet, for people. */
  trouble = 'starting'
  readonly #deps: SlotHolderDeps
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** The slot whose lease this node has and whose log it has not yet. */
  #joining: Tenure | undefined
  #avoid: number[] = []

  constructor(deps: SlotHolderDeps) {
    this.#deps = deps
  }

  /** Resolves when the first slot is held, however long registry and Kafka are away; rejects when `signal` aborts. */
  async start(signal?: AbortSignal): Promise<void> {
    this.#running = this.#take()
    const aborted = Promise.withResolvers<never>()
    const onAbort = (): void => aborted.reject(new Error('stopped before a slot was held'))
    signal?.addEventListener('abort', onAbort)
    try {
      await Promise.race([this.#running, aborted.promise])
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Gives back the slot that is held, or the one that is just being taken. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopping.abort()
    const tenure = this.current ?? this.#joining
    this.current = undefined
    await tenure?.giveUp(timeoutMs)
    const late = new AbortController()
    await Promise.race([
      this.#running,
      wait(settleMs, undefined, { signal: late.signal }).catch(() => undefined),
    ])
    late.abort()
  }

  /** For the inbound path: whether this node certainly has its slot, and asking anew. */
  fresh(): boolean {
    return this.current?.fresh() ?? false
  }

  async check(): Promise<boolean> {
    return (await this.current?.check()) ?? false
  }

  async #take(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const tenure = await this.#tryOnce().catch((failure: unknown) => {
        if (this.#stopping.signal.aborted) return undefined
        this.trouble = failure instanceof Error ? failure.message : String(failure)
        this.#deps.events.slotNotTaken(this.trouble)
        return undefined
      })
      if (tenure !== undefined) return
      this.#avoid = []
      await wait(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  async #tryOnce(): Promise<Tenure | undefined> {
    const { leases, logs, leaseTtl, slotTopic, node, events } = this.#deps
    const takenAt = performance.now()
    const lease = await leases.take(node, { avoid: this.#avoid })
    if (lease === undefined) throw new Error('every slot is held by another node; raise delivery.slots')
    if (this.#stopping.signal.aborted) {
      await leases.release(lease).catch(() => undefined)
      return undefined
    }
    const tenure: Tenure = new Tenure(
      {
        lease,
        topic: `${slotTopic}${lease.slot}`,
        leases,
        leaseTtl,
        onLost: (reason) => this.#lost(tenure, reason),
        onForgotten: () => this.#deps.onForgotten(tenure),
        onRenewal: (ok) => events.leaseRenewed(ok),
      },
      takenAt,
    )
    void tenure.keep()
    this.#joining = tenure
    try {
      tenure.reader = await logs.readSlot({
        topic: tenure.topic,
        group: tenure.topic,
        epoch: tenure.epoch,
        mayServe: () => tenure.check(),
        onBatch: (records) => this.#onBatch(tenure, records),
        settledOffset: () => tenure.watermark.settled,
        onLost: (reason) => tenure.lose(reason),
      })
    } catch (failure) {
      await tenure.giveUp(retryMs)
      throw failure
    } finally {
      this.#joining = undefined
    }
    if (tenure.ended || this.#stopping.signal.aborted) {
      // It was lost, or given up, while the log was being joined: nobody else will leave the group.
      await (tenure.ended ? tenure.reader.stop(retryMs).catch(() => undefined) : tenure.giveUp(retryMs))
      return undefined
    }
    this.current = tenure
    events.slotTaken(tenure.slot, tenure.epoch)
    this.#deps.onTaken(tenure)
    return tenure
  }

  #lost(tenure: Tenure, reason: SlotLoss): void {
    this.#deps.events.slotLost(tenure.slot, reason)
    if (this.current !== tenure) return
    this.current = undefined
    this.canaryAt = undefined
    this.trouble = `slot ${tenure.slot} was lost`
    this.#deps.onLost(tenure, reason)
    this.#avoid = [tenure.slot]
    this.#running = this.#take()
  }

  #onBatch(tenure: Tenure, records: readonly IncomingRecord[]): void | Promise<void> {
    for (const record of records) {
      if (tenure.ended) return
      tenure.read(record)
      const canary = readControl(record, this.#deps.secrets)
      if (canary === undefined) {
        this.#deps.deliver(tenure.slot, tenure.watermark, record)
        continue
      }
      tenure.watermark.settle(tenure.watermark.begin(record.offset))
      if (canary.node !== this.#deps.node || canary.epoch !== tenure.epoch) continue
      this.canaryAt = performance.now()
      this.#deps.events.canaryReturned(Date.now() - record.timestamp)
    }
    if (tenure.watermark.size >= this.#deps.maxPending) return tenure.watermark.below(this.#deps.maxPending)
    return undefined
  }
}
