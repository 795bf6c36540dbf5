// Looks for slots that nobody holds and that still have unsettled deliveries, and keeps them until those are sent on or reported.
import type { Resolved } from '../delivery/ports.ts'
import type { Events } from '../events.ts'
import { isDone, planAdoption } from '../moving/adoption.ts'
import type { Leases } from '../registry/ports.ts'
import { type KeeperDeps, type KeptSlot, keepSlot } from './keeper.ts'
import type { LogRanges } from './ports.ts'
import type { Tenure } from './tenure.ts'

export type AdopterDeps = {
  readonly node: string
  readonly leases: Leases
  readonly ranges: LogRanges
  readonly keeper: KeeperDeps
  readonly events: Events
  readonly slots: number
  readonly slotTopic: string
  /** Slots that this node takes beside its own. */
  readonly most: number
  liveSlots(): Promise<Resolved<readonly number[]>>
  /** The slot that this node holds anyway; without one it adopts nothing. */
  own(): number | undefined
}

const askMs = 5_000
const giveBackMs = 5_000

export class Adopter {
  readonly #deps: AdopterDeps
  readonly #kept = new Map<number, KeptSlot>()
  readonly #joining = new Set<Tenure>()
  #stopped = false

  constructor(deps: AdopterDeps) {
    this.#deps = deps
  }

  *tenures(): Generator<Tenure> {
    for (const { tenure } of this.#kept.values()) if (!tenure.ended) yield tenure
  }

  get slots(): readonly number[] {
    return [...this.#kept.keys()]
  }

  /** Looks once. Rejects where registry or Kafka do not answer. */
  async look(): Promise<void> {
    const { ranges, slots, slotTopic, most, own } = this.#deps
    const mine = own()
    if (mine === undefined || this.#stopped) return
    const live = await this.#deps.liveSlots()
    if (!live.complete) return
    const free = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => !live.found.includes(slot))
    const lags = await ranges.lags(
      free.map((slot) => `${slotTopic}${slot}`),
      askMs,
    )
    const seen = free.map((slot) => ({ slot, live: false, lag: lags.get(`${slotTopic}${slot}`) ?? 0 }))
    for (const slot of planAdoption(seen, [mine, ...this.#kept.keys()], most + 1)) await this.#adopt(slot)
  }

  /** Called about once a second: gives back what is done. */
  tick(): void {
    for (const [slot, kept] of this.#kept) {
      kept.tick()
      const { log, reader, ended } = kept.tenure
      const end = (log?.state.next ?? 0) + (reader?.lag ?? 1)
      if (ended) this.#kept.delete(slot)
      else if (log !== undefined && isDone(log.state, end)) void this.#giveBack(slot, kept)
    }
  }

  /** Gives back all; whoever comes next goes on. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopped = true
    const all = [...this.#joining, ...[...this.#kept.values()].map(({ tenure }) => tenure)]
    this.#kept.clear()
    await Promise.all(all.map((tenure) => tenure.giveUp(timeoutMs)))
  }

  async #adopt(slot: number): Promise<void> {
    const { leases, node, keeper, events } = this.#deps
    const takenAt = performance.now()
    const lease = await leases.take(node, { only: slot })
    if (lease === undefined) return
    if (this.#stopped) return leases.release(lease)
    let joining: Tenure | undefined
    try {
      const kept = await keepSlot(keeper, lease, takenAt, {
        onJoining: (tenure) => {
          joining = tenure
          this.#joining.add(tenure)
        },
        onLost: (tenure, reason) => {
          this.#kept.delete(tenure.slot)
          events.slotLost(tenure.slot, reason)
        },
        onForgotten: () => undefined,
        onCanary: () => undefined,
      })
      if (this.#stopped) {
        await kept.tenure.giveUp(giveBackMs)
        return
      }
      this.#kept.set(slot, kept)
      events.slotAdopted(slot)
    } catch (failure) {
      events.slotNotTaken(failure instanceof Error ? failure.message : String(failure))
    } finally {
      if (joining !== undefined) this.#joining.delete(joining)
    }
  }

  async #giveBack(slot: number, { tenure }: KeptSlot): Promise<void> {
    this.#kept.delete(slot)
    await tenure.giveUp(giveBackMs)
    this.#deps.events.slotGivenBack(slot)
  }
}
