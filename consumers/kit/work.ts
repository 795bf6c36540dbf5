// Everything one consume() has in hand: a lane for each partition it was given.
import { isDeparted } from './failure.ts'
import { Lane, type LaneOptions } from './lane.ts'
import type { Batch, Partition, Place } from './record.ts'
import type { Reading } from './transport.ts'

export type WorkOptions = Omit<LaneOptions, 'onChange'> & {
  /** Records of one partition that may be in hand before the next batch of it has to wait. */
  readonly mostInHand: number
  readonly heartbeatMs: number
  /** Told each batch before it waits for room. */
  readonly onArrived: (batch: Batch) => void
  readonly onLeft: (lane: Lane) => void
  /** False where handling commits by itself. */
  readonly commits: boolean
}

const nameOf = ({ topic, partition }: Partition): string => `${partition}/${topic}`

export class Work
  implements Pick<Reading, 'onAssigned' | 'onBatch' | 'committable' | 'onCommitted' | 'idle'>
{
  readonly #options: WorkOptions
  readonly #lanes = new Map<string, Lane>()
  /** Lanes that were left count until their last record has ended. */
  readonly #leaving = new Set<Lane>()
  readonly #waiting = new Set<() => void>()
  #joined = false
  #assigned: ReadonlySet<string> = new Set()

  constructor(options: WorkOptions) {
    this.#options = options
    options.stopping.addEventListener('abort', () => this.#changed())
  }

  /** Whether it is a member of its group. */
  get joined(): boolean {
    return this.#joined
  }

  get partitions(): number {
    return this.#assigned.size
  }

  get inHand(): number {
    return this.#lanes.values().reduce((sum, lane) => sum + lane.inHand, 0)
  }

  onAssigned(partitions: readonly Partition[] | undefined, isSame: boolean): void {
    this.#joined = partitions !== undefined
    this.#assigned = new Set((partitions ?? []).map(nameOf))
    for (const [name, lane] of this.#lanes) {
      if (isSame && this.#assigned.has(name)) lane.rejoined()
      else this.#leave(name, lane)
    }
    this.#changed()
  }

  async onBatch(batch: Batch, beat: () => Promise<void>): Promise<boolean> {
    const { stopping, mostInHand, heartbeatMs } = this.#options
    this.#options.onArrived(batch)
    const name = nameOf(batch)
    let departed = false
    const isFull = () => (this.#lanes.get(name)?.inHand ?? 0) >= mostInHand
    const isMine = () => this.#assigned.has(name) && !departed && !stopping.aborted
    if (isFull()) {
      const beating = setInterval(() => {
        void beat().catch((thrown: unknown) => {
          departed ||= isDeparted(thrown)
          this.#changed()
        })
      }, heartbeatMs)
      while (isFull() && isMine()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
      clearInterval(beating)
    }
    if (!isMine()) return false
    this.#laneOf(name, batch).take(batch)
    return true
  }

  committable(): readonly Place[] {
    if (!this.#options.commits) return []
    return [...this.#lanes.values()].flatMap(({ place, watermark, committed }) =>
      watermark === undefined || watermark === committed ? [] : [{ ...place, offset: watermark }],
    )
  }

  onCommitted(offsets: readonly Place[]): void {
    for (const place of offsets) {
      const lane = this.#lanes.get(nameOf(place))
      if (lane) lane.committed = place.offset
    }
  }

  async idle(): Promise<void> {
    const running = () => [...this.#lanes.values(), ...this.#leaving].some((lane) => lane.running > 0)
    while (running()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #leave(name: string, lane: Lane): void {
    this.#lanes.delete(name)
    if (lane.running > 0) this.#leaving.add(lane)
    lane.leave()
    this.#options.onLeft(lane)
  }

  #laneOf(name: string, batch: Batch): Lane {
    const found = this.#lanes.get(name)
    if (found && !found.isForeign(batch)) return found
    if (found) this.#leave(name, found)
    const { topic, partition } = batch
    const lane = new Lane({ topic, partition }, { ...this.#options, onChange: () => this.#changed() })
    this.#lanes.set(name, lane)
    return lane
  }

  #changed(): void {
    for (const lane of this.#leaving) if (lane.running === 0) this.#leaving.delete(lane)
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }
}
