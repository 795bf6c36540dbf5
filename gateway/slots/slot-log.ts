// One slot's log in the hands of its holder: every record goes through the rules of moving, and what they ask for is done.
import type { Connection } from '../connection/connection.ts'
import { barred, type ReadOptions } from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { Resolver } from '../delivery/resolve.ts'
import type { Append } from '../delivery/surely.ts'
import { unwanted, writeTo } from '../delivery/write.ts'
import type { UndeliverableReason } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Action } from '../moving/actions.ts'
import { onControl, onDelivery } from '../moving/on-record.ts'
import { onFound, onWindowOver, onWritten } from '../moving/on-session.ts'
import { type Entry, holdPlace, type SlotState, settle } from '../moving/slot-state.ts'
import { formatPosition, type Position, recordHash } from '../session/position.ts'
import type { Roster } from '../session/roster.ts'
import type { Session } from '../session/session.ts'
import { broadcast, during } from './broadcast.ts'
import { type SlotControl, toControl } from './control-records.ts'
import type { Departures } from './departures.ts'
import { itemOf, readRecord } from './read-record.ts'

export type SlotLogDeps = {
  readonly node: string
  readonly roster: Roster<Connection>
  readonly resolver: Resolver
  readonly departures: Departures
  readonly append: Append
  readonly events: Events
  readonly read: ReadOptions
  readonly secret: string
  /** Bytes of one delivery. */
  readonly maxSize: number
  /** Deliveries of one session that may be written and not confirmed. */
  readonly maxUnconfirmed: number
  readonly resumeWindow: number
}

/** What the log asks of whoever keeps the slot. */
export type SlotLogOwner = {
  readonly ended: boolean
  readonly topic: string
  lose(): void
  onCanary(sentAt: number): void
  /** The session went elsewhere. */
  onMoved(session: string, generation: number): void
  /** Deliveries wait for a session that is not here: for so many milliseconds at most. */
  onWaiting(session: string, forMs: number): void
  stopFollowing(session: string, slot: number): void
}

export class SlotLog {
  readonly state: SlotState
  readonly owner: SlotLogOwner
  readonly #deps: SlotLogDeps
  readonly #asking = new Set<string>()
  /** Hash of the last record that was read. */
  #hash: number

  constructor(deps: SlotLogDeps, owner: SlotLogOwner, state: SlotState, hash: number) {
    this.#deps = deps
    this.owner = owner
    this.state = state
    this.#hash = hash
  }

  get here(): Position {
    const { slot, next } = this.state
    return { slot, since: next, next, hash: this.#hash }
  }

  /** Handles one record. Never throws and never waits. */
  read(record: IncomingRecord): void {
    const { state } = this
    this.#hash = recordHash(record.timestamp, record.value)
    const what = readRecord(state.slot, record, this.#deps.read)
    switch (what.kind) {
      case 'one':
        return this.perform(onDelivery(state, what.arrival))
      case 'control':
        return this.#control(record, what.control)
      case 'everyone':
        return broadcast(this.#deps, state, record, what.delivery)
      case 'several':
        return during(
          this.state,
          holdPlace(state, record.offset),
          this.#deps.departures.split(what.delivery, record),
        )
      case 'unreadable':
        return during(
          this.state,
          holdPlace(state, record.offset),
          this.#deps.departures.quarantine(record, what.why),
        )
    }
  }

  perform(actions: readonly Action[]): void {
    for (const action of actions) this.#do(action)
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
      const detached = found?.live ? 0 : (found?.detachedMs ?? Number.POSITIVE_INFINITY)
      this.owner.onWaiting(session, Math.max(0, this.#deps.resumeWindow - detached))
    } catch {
      // The node stops: whoever has the slot next asks again.
    } finally {
      this.#asking.delete(session)
    }
  }

  /** Nobody came in time: what waits is reported once the log says so. */
  end(session: string): void {
    this.perform(onWindowOver(this.state, session))
  }

  #do(action: Action): void {
    const { departures, append, secret } = this.#deps
    const { owner } = this
    switch (action.kind) {
      case 'write':
        return this.#write(action.entry)
      case 'forward': {
        const why = this.#barred(action.entry)
        if (why !== undefined) return this.#report(action.entry, why)
        return during(
          this.state,
          action.entry,
          departures.forward(action.entry, action.to, action.generation),
        )
      }
      case 'report':
        return this.#report(action.entry, action.reason)
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
    if (control.kind === 'canary' && control.epoch === state.epoch) owner.onCanary(record.timestamp)
  }

  #barred(entry: Entry): UndeliverableReason | undefined {
    return barred(itemOf(entry).delivery, this.#deps.maxSize, Date.now())
  }

  #write(entry: Entry): void {
    const { state } = this
    const connection = this.#deps.roster.find(entry.session)
    const session = connection?.session
    // Its end has not been heard of yet: then it waits with the rest.
    if (connection === undefined || session === undefined) return
    if (session.generation !== state.attached.get(entry.session)?.generation) return
    const { delivery, record } = itemOf(entry)
    const why = this.#barred(entry) ?? unwanted(delivery, session)
    if (why === 'not-shown') return settle(state, entry)
    if (why !== undefined) return this.#report(entry, why)
    entry.mayHaveArrived = true
    if (delivery.command === 'close') {
      settle(state, entry)
      return connection.close('taken-over', 'the session was ended')
    }
    const hash = recordHash(record.timestamp, record.value)
    const position = formatPosition(state.slot, session.since, record.offset + 1, hash)
    writeTo(connection, session, delivery, record, position, (ok) => {
      if (ok) this.#written(entry, session)
    })
    if (session.confirms && (state.bySession.get(entry.session)?.size ?? 0) > this.#deps.maxUnconfirmed)
      connection.close('slow-consumer', 'too much is not confirmed')
  }

  #written(entry: Entry, session: Session): void {
    const item = itemOf(entry)
    const { record, delivery, target } = item
    item.writtenAt = performance.now()
    this.#deps.events.delivered(Date.now() - record.timestamp)
    const { receipt } = delivery
    if (receipt === 'written' || (receipt === 'confirmed' && !session.confirms)) {
      item.told = this.#deps.departures.receipt(delivery, record, target, receipt)
      if (!session.confirms && entry.state === 'waiting') {
        entry.state = 'leaving'
        return during(this.state, entry, item.told)
      }
      item.told.catch(() => undefined)
    }
    onWritten(this.state, entry.offset)
  }

  #report(entry: Entry, why: UndeliverableReason): void {
    const { delivery, record, target } = itemOf(entry)
    entry.state = 'leaving'
    if (delivery.command !== undefined) return settle(this.state, entry)
    during(this.state, entry, this.#deps.departures.report(delivery, record, target, why))
  }
}
