// The slot this node holds as sessions see it: they begin here, come back here, are away for a while, and end.
import { onLeft } from '../moving/leave.ts'
import { onAttach, onConfirm, onDetach, onSwept } from '../moving/on-session.ts'
import { entriesOf } from '../moving/slot-state.ts'
import type { Home, NotBack, Returning } from '../session/ports.ts'
import type { Position } from '../session/position.ts'
import type { Session } from '../session/session.ts'
import { type BringBackDeps, type BroughtBack, bringBack } from './bring-back.ts'
import { type CatchUpDeps, catchUp, connectionOf, show } from './catch-up.ts'
import { toControl } from './control-records.ts'
import type { Followers } from './followers.ts'
import { itemOf } from './read-record.ts'
import type { SlotLog } from './slot-log.ts'
import type { Windows } from './windows.ts'

/** What the end of a session has to say. */
export type Gone = Pick<Session, 'id' | 'principal' | 'client' | 'generation' | 'birth' | 'slot'>

type Brought = Pick<BroughtBack, 'others' | 'next' | 'hash'>

export type HomeDeps = BringBackDeps &
  CatchUpDeps & {
    readonly followers: Followers
    readonly windows: Windows<Gone>
    readonly resumeWindow: number
    /** The session's connection is gone; it can be resumed. */
    onDetached(session: Session, reason: string): void
    /** The session is over for good. */
    onEnded(session: Gone, reason: string): void
  }

export class SlotHome implements Home {
  readonly #deps: HomeDeps
  readonly #log: SlotLog
  /** Of sessions that came back and are not welcomed yet. */
  readonly #returning = new Map<Session, BroughtBack>()
  /** Of those that were: until the client has confirmed it, their old logs are not settled. */
  readonly #brought = new Map<Session, Brought>()

  constructor(deps: HomeDeps, log: SlotLog) {
    this.#deps = deps
    this.#log = log
  }

  get slot(): number {
    return this.#log.state.slot
  }
  get epoch(): number {
    return this.#log.state.epoch
  }
  get topic(): string {
    return this.#log.owner.topic
  }
  get ended(): boolean {
    return this.#log.owner.ended
  }
  get here(): Position {
    return this.#log.here
  }

  positionOf(session: Session): Position {
    if (session.catchingUp !== undefined) return session.catchingUp
    const { here } = this
    const brought = this.#brought.get(session)
    const { next, hash } = brought !== undefined && brought.next > here.next ? brought : here
    return { slot: this.slot, since: session.since, next, hash }
  }

  bringBack(session: string, generation: number, position: Position): Promise<NotBack | BroughtBack> {
    return bringBack(this.#deps, this.#log, session, generation, position)
  }

  attach(session: Session, returning?: Returning): boolean {
    const brought = returning as BroughtBack | undefined
    const { id, generation, confirms } = session
    const covered = brought?.covered ?? []
    const actions = onAttach(this.#log.state, { session: id, generation, confirms, covered })
    if (actions === undefined) {
      brought?.release()
      return false
    }
    this.#deps.windows.close(id)
    if (brought !== undefined) {
      this.#returning.set(session, brought)
      this.#brought.set(session, { others: brought.others, next: brought.next, hash: brought.hash })
      session.catchingUp = brought.position
    }
    this.#log.perform(actions)
    return true
  }

  welcomed(session: Session): void {
    const returning = this.#returning.get(session)
    this.#returning.delete(session)
    if (returning === undefined) return this.#log.perform(onSwept(this.#log.state, session.id))
    void this.#catchUp(session, returning).finally(() => returning.release())
  }

  confirm(session: Session, { slot, next }: Position): void {
    const { state } = this.#log
    // What was said before the sweep, of an earlier stay on this slot, says nothing of what was written since.
    if (slot !== this.slot || session.catchingUp !== undefined) return
    for (const entry of entriesOf(state, session.id)) {
      if (entry.state !== 'written' || entry.offset >= next) continue
      const { delivery, record, target, told } = itemOf(entry)
      if (delivery.receipt !== 'confirmed' && told === undefined) continue
      entry.state = 'leaving'
      const said =
        delivery.receipt === 'confirmed'
          ? this.#deps.departures.receipt(delivery, record, target, 'confirmed')
          : told
      said?.then(
        () => onLeft(state, entry),
        () => undefined,
      )
    }
    onConfirm(state, session.id, session.generation, next)
    const brought = this.#brought.get(session)
    if (brought !== undefined && next >= brought.next) this.#saySettled(session, brought)
  }

  left(session: Session, resumable: boolean, reason: string): void {
    const { state } = this.#log
    const { windows, followers, resumeWindow } = this.#deps
    this.#returning.get(session)?.release()
    this.#returning.delete(session)
    this.#brought.delete(session)
    if (this.ended || state.attached.get(session.id)?.generation !== session.generation) return
    followers.stop(session.id)
    const { id, principal, client, generation, birth, slot } = session
    const gone = { id, principal, client, generation, birth, slot }
    if (resumable) {
      windows.open(id, performance.now() + resumeWindow, gone)
      this.#deps.onDetached(session, reason)
    }
    const actions = onDetach(state, id, generation)
    if (resumable) return this.#log.perform(actions)
    this.#log.end(id)
    this.#deps.onEnded(gone, reason)
  }

  async #catchUp(session: Session, brought: BroughtBack): Promise<void> {
    if (!(await catchUp(this.#deps, session, brought.missed, () => this.positionOf(session)))) return
    session.since = brought.since
    session.catchingUp = undefined
    const { state } = this.#log
    this.#log.perform(onSwept(state, session.id))
    const attached = state.attached.get(session.id)
    if (attached === undefined) return
    for (const { slot, marker } of brought.others) {
      this.#deps.followers.follow(slot, marker ?? 0, {
        session: session.id,
        attached,
        write: (item) => void show(this.#deps, session, item, this.positionOf(session)),
        superseded: () =>
          connectionOf(this.#deps, session)?.close('taken-over', 'the session is on another connection'),
      })
    }
    if (!session.confirms) this.#saySettled(session, brought)
  }

  /** The old logs need not keep what the client has. */
  #saySettled(session: Session, { others }: Brought): void {
    this.#brought.delete(session)
    const { append, slotTopic, secret } = this.#deps
    for (const { slot, from, marker } of others) {
      if (marker === undefined || marker <= from) continue
      const settled = { kind: 'settled', session: session.id, from, to: marker } as const
      void append(toControl(settled, `${slotTopic}${slot}`, secret)).catch(() => undefined)
    }
  }
}
