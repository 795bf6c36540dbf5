// One slot's log in the hands of its holder: every record goes through the rules of moving, and what they ask for is done.
import type { ReadOptions } from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { Resolver } from '../delivery/resolve.ts'
import type { Append } from '../delivery/surely.ts'
import type { Action } from '../moving/actions.ts'
import { end } from '../moving/leave.ts'
import { onControl, onDelivery } from '../moving/on-record.ts'
import { onFound, onWindowOver } from '../moving/on-session.ts'
import { holdPlace, type SlotState } from '../moving/slot-state.ts'
import { type Position, recordHash } from '../session/position.ts'
import { broadcast, during } from './broadcast.ts'
import { type SlotControl, toControl } from './control-records.ts'
import { barredNow, type HandOverDeps, handOver, report } from './hand-over.ts'
import { gatewayFailed, itemOf, readRecord } from './read-record.ts'

export type SlotLogDeps = HandOverDeps & {
  readonly node: string
  readonly resolver: Resolver
  readonly append: Append
  readonly read: ReadOptions
  readonly secret: string
  readonly resumeWindow: number
  /** Milliseconds since the registry was found to have forgotten all; infinite where it never was. */
  readonly sinceForgotten: () => number
}

/** What the log asks of whoever keeps the slot. */
export type SlotLogOwner = {
  readonly ended: boolean
  readonly topic: string
  lose(): void
  onCanary(sentAt: number): void
  /** The session went elsewhere. */
  onMoved(session: string, generation: number): void
  /** The log says that a session is over; or says so in vain, since it was taken over meanwhile. */
  onEnded(session: string, over: boolean): void
  /** Deliveries wait for a session that is not here: for so many milliseconds at most. */
  onWaiting(session: string, forMs: number): void
  /** Whether that is known and its time runs. */
  isWaiting(session: string): boolean
  stopFollowing(session: string, slot: number): void
}

export class SlotLog {
  readonly state: SlotState
  readonly owner: SlotLogOwner
  readonly #deps: SlotLogDeps
  readonly #asking = new Set<string>()
  /** Hash of the last record that was read, made when somebody asks: each delivery costs one of its own. */
  #hash: number
  #last: IncomingRecord | undefined

  constructor(deps: SlotLogDeps, owner: SlotLogOwner, state: SlotState, hash: number) {
    this.#deps = deps
    this.owner = owner
    this.state = state
    this.#hash = hash
  }

  get here(): Position {
    const { slot, next } = this.state
    if (this.#last) this.#hash = recordHash(this.#last.timestamp, this.#last.value)
    this.#last = undefined
    return { slot, since: next, next, hash: this.#hash }
  }

  /** Handles one record. Never throws and never waits. */
  read(record: IncomingRecord): void {
    this.#last = record
    try {
      this.#handle(record)
    } catch (failure) {
      this.#failed(record, failure)
    }
  }

  #handle(record: IncomingRecord): void {
    const { state } = this
    const { departures } = this.#deps
    const what = readRecord(state.slot, record, this.#deps.read)
    switch (what.kind) {
      case 'one':
        return this.perform(onDelivery(state, what.arrival))
      case 'control':
        return this.#control(record, what.control)
      case 'everyone':
        return broadcast(this.#deps, state, record, what.delivery)
      case 'several':
        return during(state, holdPlace(state, record.offset), departures.split(what.delivery, record))
      case 'unreadable':
        return during(state, holdPlace(state, record.offset), departures.quarantine(record, what.why))
    }
  }

  perform(actions: readonly Action[]): void {
    for (const action of actions) this.#do(action)
  }

  /** Nothing is known to fail; if it does, that record must not stop those behind it. */
  #failed(record: IncomingRecord, failure: unknown): void {
    const { state } = this
    const { events, departures } = this.#deps
    events.deliveryFailed(failure, record)
    const entry = state.entries.get(record.offset) ?? holdPlace(state, record.offset)
    entry.state = 'leaving'
    during(state, entry, departures.quarantine(record, gatewayFailed))
  }

  /** Asks the registry where the session is, unless that is being asked already. */
  async resolve(session: string): Promise<void> {
    if (this.#asking.has(session)) return
    this.#asking.add(session)
    try {
      const found = await this.#deps.resolver.session(session)
      if (this.owner.ended) return
      if (found !== undefined) this.perform(onFound(this.state, session, found))
      if (!this.state.bySession.has(session) || this.state.attached.has(session)) return
      const detached = found?.live ? 0 : (found?.detachedMs ?? this.#deps.sinceForgotten())
      this.owner.onWaiting(session, Math.max(0, this.#deps.resumeWindow - detached))
    } catch {
      // The node stops: whoever has the slot next asks again.
    } finally {
      this.#asking.delete(session)
    }
  }

  /** Nobody came in time: what waits is reported once the log says so. `always`: it is to say so though nothing waits. */
  end(session: string, always = false): void {
    const { state } = this
    const actions = onWindowOver(state, session)
    this.perform(actions)
    if (!always || actions.length > 0 || state.attached.has(session) || state.opening.has(session)) return
    if ((state.places.get(session)?.slot ?? state.slot) === state.slot) this.perform([end(state, session)])
  }

  /** Reports up to `most` deliveries of absent sessions, the oldest first. Who comes back finds them: `unconfirmed`. */
  shed(most: number): void {
    let left = most
    for (const entry of this.state.entries.values()) {
      if (left <= 0) return
      if (entry.state !== 'waiting' || this.state.attached.has(entry.session)) continue
      left--
      report(this.#deps, this.state, entry, 'unconfirmed')
    }
  }

  #do(action: Action): void {
    const { departures, append, secret } = this.#deps
    const { owner } = this
    switch (action.kind) {
      case 'write':
        try {
          return handOver(this.#deps, this.state, action.entry)
        } catch (failure) {
          return this.#failed(itemOf(action.entry).record, failure)
        }
      case 'forward': {
        const why = barredNow(this.#deps, action.entry)
        if (why !== undefined) return report(this.#deps, this.state, action.entry, why)
        return during(
          this.state,
          action.entry,
          departures.forward(action.entry, action.to, action.generation),
        )
      }
      case 'report':
        return report(this.#deps, this.state, action.entry, action.reason)
      case 'close': {
        const connection = this.#deps.roster.find(action.session)
        if (connection?.session?.generation === action.generation)
          connection.close('taken-over', 'the session is on another connection')
        return
      }
      case 'resolve':
        return void this.resolve(action.session)
      case 'stop-following':
        return owner.stopFollowing(action.session, action.slot)
      case 'lost-range':
        return void departures.lostRange(owner.topic, action.from, action.to).catch(() => undefined)
      case 'lost':
        return owner.lose()
      case 'append': {
        const { record } = action
        const control = record.kind === 'canary' ? { ...record, node: this.#deps.node } : record
        return void append(toControl(control, owner.topic, secret)).catch(() => undefined)
      }
    }
  }

  #control(record: IncomingRecord, control: SlotControl): void {
    const { state, owner } = this
    this.perform(onControl(state, record.offset, control))
    if (control.kind === 'takeover' && control.slot !== state.slot)
      owner.onMoved(control.session, control.generation)
    if (control.kind === 'ended')
      owner.onEnded(control.session, state.ended.get(control.session)?.over === true)
    if (control.kind === 'canary' && control.epoch === state.epoch) owner.onCanary(record.timestamp)
  }
}
