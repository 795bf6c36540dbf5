// Sees to it that this node holds a slot: takes one, and takes another when that one is lost.
import { setTimeout as wait } from 'node:timers/promises'
import type { SlotLoss } from '../delivery/ports.ts'
import type { Events } from '../events.ts'
import type { Leases } from '../registry/ports.ts'
import type { Gone } from './gone.ts'
import { type KeeperDeps, type KeptSlot, keepSlot } from './keeper.ts'
import type { Tenure } from './tenure.ts'

export type SlotHolderDeps = {
  readonly node: string
  readonly leases: Leases
  readonly keeper: KeeperDeps
  readonly events: Events
  onTaken(tenure: Tenure): void
  /** Called before another slot is taken: the connections of the lost one have to end. `away`: its absent sessions. */
  onLost(tenure: Tenure, reason: SlotLoss, away: Iterable<Gone>): void
  onForgotten(tenure: Tenure): void
}

const retryMs = 500
/** Milliseconds that a stop waits for a question to the registry that is under way. */
const settleMs = 1_500

export class SlotHolder {
  /** `performance.now()` when this node's latest canary came back. */
  canaryAt: number | undefined
  /** `performance.now()` when the slot was taken that this node has. */
  heldSince: number | undefined
  /** Why there is no slot yet, for people. */
  trouble = 'starting'
  #kept: KeptSlot | undefined
  readonly #deps: SlotHolderDeps
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** The slot whose lease this node has and whose log it has not yet. */
  #joining: Tenure | undefined
  #avoid: number[] = []

  constructor(deps: SlotHolderDeps) {
    this.#deps = deps
  }

  /** The slot this node has now. */
  get current(): Tenure | undefined {
    return this.#kept?.tenure
  }

  get kept(): KeptSlot | undefined {
    return this.#kept
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
    this.#kept = undefined
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
    return this.#kept?.tenure.fresh() ?? false
  }

  async check(): Promise<boolean> {
    return (await this.current?.check()) ?? false
  }

  /** Gives the slot up as lost, so that it, or another, is taken with a new reader. */
  restart(): void {
    this.current?.lose('crashed')
  }

  async #take(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const kept = await this.#tryOnce().catch((failure: unknown) => {
        if (this.#stopping.signal.aborted) return undefined
        this.trouble = failure instanceof Error ? failure.message : String(failure)
        this.#deps.events.slotNotTaken(this.trouble)
        return undefined
      })
      if (kept !== undefined) return
      await wait(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  async #tryOnce(): Promise<KeptSlot | undefined> {
    const { leases, node, keeper, events } = this.#deps
    const takenAt = performance.now()
    const lease = await leases.take(node, { avoid: this.#avoid })
    if (lease === undefined) {
      this.#avoid = []
      throw new Error('every slot is held by another node; raise delivery.slots')
    }
    if (this.#stopping.signal.aborted) {
      await leases.release(lease).catch(() => undefined)
      return undefined
    }
    try {
      const kept = await keepSlot(keeper, lease, takenAt, {
        onJoining: (tenure) => {
          this.#joining = tenure
        },
        onLost: (tenure, reason) => this.#lost(tenure, reason),
        onForgotten: (tenure) => this.#deps.onForgotten(tenure),
        onCanary: (tenure, sentAt) => {
          if (tenure !== this.current && tenure !== this.#joining) return
          this.canaryAt = performance.now()
          events.canaryReturned(Date.now() - sentAt)
        },
      })
      const { tenure } = kept
      if (this.#stopping.signal.aborted) {
        await tenure.giveUp(retryMs)
        return undefined
      }
      this.#kept = kept
      this.heldSince = performance.now()
      events.slotTaken(tenure.slot, tenure.epoch)
      this.#deps.onTaken(tenure)
      return kept
    } catch (failure) {
      // What is wrong with it may last: another one may do.
      this.#avoid = [...this.#avoid, lease.slot]
      throw failure
    } finally {
      this.#joining = undefined
    }
  }

  #lost(tenure: Tenure, reason: SlotLoss): void {
    this.#deps.events.slotLost(tenure.slot, reason)
    const kept = this.#kept
    if (kept?.tenure !== tenure) return
    this.#kept = undefined
    this.canaryAt = undefined
    this.heldSince = undefined
    this.trouble = `slot ${tenure.slot} was lost`
    this.#deps.onLost(tenure, reason, kept.windows.facts())
    this.#avoid = [tenure.slot]
    this.#running = this.#take()
  }
}
