// The slot this node holds as sessions see it: they begin here, come back here, are away for a while, and end.
import { onLeft } from '../moving/leave.ts'
import { endNow, onAttach, onConfirm, onDetach, onSwept } from '../moving/on-session.ts'
import { entriesOf } from '../moving/slot-state.ts'
import type { Home, NotBack, Returning } from '../session/ports.ts'
import { formatPosition, type Position } from '../session/position.ts'
import type { Session } from '../session/session.ts'
import { type BringBackDeps, type BroughtBack, bringBack } from './bring-back.ts'
import { type Brought, saySettled, toBrought } from './brought.ts'
import { type CatchUpDeps, catchUp, connectionOf, show } from './catch-up.ts'
import { revoke, revoked } from './end-revoked.ts'
import type { Followers } from './followers.ts'
import { type Gone, toGone } from './gone.ts'
import { itemOf } from './read-record.ts'
import type { SlotLog } from './slot-log.ts'
import { Turns } from './turns.ts'
import type { Windows } from './windows.ts'

export type HomeDeps = BringBackDeps &
  CatchUpDeps & {
    readonly followers: Followers
    readonly windows: Windows<Gone>
    readonly moved: Windows<Gone>
    readonly resumeWindow: number
    /** The session's connection is gone; it can be resumed. */
    onDetached(session: Session, reason: string): void
    /** The session is over for good. */
    onEnded(session: Gone, reason: string): void
  }

/** The node stops: whoever has the slots next finds all of it there. */
const ignored = (): void => undefined

export class SlotHome implements Home {
  readonly #deps: HomeDeps
  readonly #log: SlotLog
  /** Those that are attached, each as its latest connection has it. */
  readonly #here = new Map<string, Session>()
  /** Of sessions that came back and have not all that they missed yet. */
  readonly #returning = new Map<Session, BroughtBack>()
  /** Of those that were: until the client has confirmed it, their old logs are not settled. */
  readonly #brought = new Map<Session, Brought>()
  readonly #turns = new Turns()

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
    // Its time to confirm begins anew with each connection.
    for (const entry of entriesOf(this.#log.state, id)) itemOf(entry).writtenAt = 0
    this.#deps.windows.close(id)
    this.#deps.moved.close(id)
    this.#here.set(id, session)
    if (brought !== undefined) {
      this.#returning.set(session, brought)
      this.#brought.set(session, toBrought(session, brought))
    }
    // What comes from now on waits for the welcome: until then the client has nothing of it.
    session.catchingUp = brought?.position ?? this.here
    this.#log.perform(actions)
    return true
  }

  has(session: Session): boolean {
    const { id, generation } = session
    return this.#here.get(id) === session && this.#log.state.attached.get(id)?.generation === generation
  }

  welcomed(session: Session): void {
    const returning = this.#returning.get(session)
    if (returning === undefined) {
      session.catchingUp = undefined
      return this.#log.perform(onSwept(this.#log.state, session.id))
    }
    this.#catchUp(session, returning)
      .catch(ignored)
      .finally(() => {
        this.#returning.delete(session)
        returning.release()
      })
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
    if (next >= (this.#brought.get(session)?.next ?? Number.POSITIVE_INFINITY)) this.#forgetOld(session)
  }

  left(session: Session, resumable: boolean, reason: string): void {
    const { state } = this.#log
    const { windows, moved, followers, resumeWindow } = this.#deps
    this.#returning.get(session)?.release()
    this.#returning.delete(session)
    this.#brought.delete(session)
    const { id, generation } = session
    const isHere = this.has(session)
    if (this.#here.get(id) !== session) return
    this.#here.delete(id)
    if (this.ended) return
    followers.stop(id)
    const gone = toGone(session)
    if (!isHere) return moved.open(id, performance.now() + resumeWindow, gone)
    if (resumable) {
      windows.open(id, performance.now() + resumeWindow, gone)
      this.#deps.onDetached(session, reason)
    }
    if (reason === revoked) revoke(this.#log, id, generation)
    else this.#log.perform(resumable ? onDetach(state, id, generation) : endNow(state, id, generation))
    if (!resumable) this.#deps.onEnded(gone, reason)
  }

  async #catchUp(session: Session, brought: BroughtBack): Promise<void> {
    const position = () => this.positionOf(session)
    if (!(await catchUp(this.#deps, session, brought.missed, position, this.#turns))) return
    const { state } = this.#log
    const attached = state.attached.get(session.id)
    if (attached === undefined || !this.has(session)) return
    session.since = brought.since
    session.catchingUp = undefined
    this.#log.perform(onSwept(state, session.id))
    // So that it can confirm what it missed: no position that came with that was of this log.
    const { slot: own, since, next, hash } = position()
    const text = formatPosition(own, since, next, hash)
    connectionOf(this.#deps, session)?.send({ kind: 'heartbeat', position: text })
    for (const { slot, marker } of brought.others) {
      this.#deps.followers.follow(slot, marker ?? 0, {
        session: session.id,
        attached,
        write: (item) => void show(this.#deps, session, item, position()),
        superseded: () =>
          connectionOf(this.#deps, session)?.close('taken-over', 'the session is on another connection'),
      })
    }
    if (!session.confirms) this.#forgetOld(session)
  }

  /** Its client has what it missed. */
  #forgetOld(session: Session): void {
    const brought = this.#brought.get(session)
    this.#brought.delete(session)
    if (brought !== undefined) saySettled(this.#deps, session.id, brought).catch(ignored)
  }
}
