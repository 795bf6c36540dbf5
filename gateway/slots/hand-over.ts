// Hands a delivery of a slot's log to the connection that its session has here, and tells what came of it.
import type { Connection } from '../connection/connection.ts'
import { barred, type Delivery } from '../delivery/delivery.ts'
import { unwanted, writeTo } from '../delivery/write.ts'
import type { UndeliverableReason } from '../errors.ts'
import type { Events } from '../events.ts'
import { onWritten } from '../moving/on-session.ts'
import { type Entry, type SlotState, settle } from '../moving/slot-state.ts'
import { formatPosition, recordHash } from '../session/position.ts'
import type { Roster } from '../session/roster.ts'
import type { Session } from '../session/session.ts'
import { during } from './broadcast.ts'
import type { Departures } from './departures.ts'
import { itemOf } from './read-record.ts'

/** Puts a connection on a channel or takes it off. False: that cannot be. */
export type ChannelCommands = (
  connection: Connection,
  command: 'subscribe' | 'unsubscribe',
  channel: string,
) => boolean

export type HandOverDeps = {
  readonly command: ChannelCommands
  readonly roster: Roster<Connection>
  readonly departures: Departures
  readonly events: Events
  /** Bytes of one delivery. */
  readonly maxSize: number
  /** Deliveries of one session that may be written and not confirmed. */
  readonly maxUnconfirmed: number
}

/** What keeps it from everyone at this moment. What may have been shown in time is not said to be late. */
export function barredNow(
  { maxSize }: Pick<HandOverDeps, 'maxSize'>,
  { body, mayHaveArrived }: Pick<Entry, 'body' | 'mayHaveArrived'>,
): UndeliverableReason | undefined {
  const why = barred(itemOf({ body }).delivery, maxSize, Date.now())
  return why === 'deadline-passed' && mayHaveArrived ? 'unconfirmed' : why
}

/** Does what a delivery commands. False: that cannot be. */
export function obey(
  deps: Pick<HandOverDeps, 'command'>,
  connection: Connection,
  { command, channel = '' }: Delivery,
): boolean {
  if (command === 'close') connection.close('taken-over', 'the session was ended')
  return command === undefined || command === 'close' || deps.command(connection, command, channel)
}

export function report(deps: HandOverDeps, state: SlotState, entry: Entry, why: UndeliverableReason): void {
  const { delivery, record, target } = itemOf(entry)
  entry.state = 'leaving'
  // Whom a command was for is gone: that is what it wanted.
  if (delivery.command !== undefined) return settle(state, entry)
  during(state, entry, deps.departures.report(delivery, record, target, why))
}

export function handOver(deps: HandOverDeps, state: SlotState, entry: Entry): void {
  const connection = deps.roster.find(entry.session)
  const session = connection?.session
  // Its end has not been heard of yet: then it waits with the rest.
  if (connection === undefined || session === undefined) return
  if (session.generation !== state.attached.get(entry.session)?.generation) return
  const item = itemOf(entry)
  const { delivery, record } = item
  // The rules count what they ask to write as shown; only an earlier holder or connection may have shown it by now.
  const mayHaveArrived = item.shown || entry.hops > 0 || entry.offset < state.seenBefore
  const why = barredNow(deps, { body: item, mayHaveArrived }) ?? unwanted(delivery, session)
  if (why === 'not-shown') return settle(state, entry)
  if (why !== undefined) return report(deps, state, entry, why)
  entry.mayHaveArrived = true
  item.shown = true
  if (delivery.command !== undefined) {
    if (obey(deps, connection, delivery)) return settle(state, entry)
    entry.state = 'leaving'
    return during(state, entry, deps.departures.report(delivery, record, item.target, 'invalid'))
  }
  const hash = recordHash(record.timestamp, record.value)
  const position = formatPosition(state.slot, session.since, record.offset + 1, hash)
  writeTo(connection, session, delivery, record, position, (ok) => {
    if (ok) written(deps, state, entry, session)
  })
  if (session.confirms && (state.bySession.get(entry.session)?.size ?? 0) > deps.maxUnconfirmed)
    connection.close('slow-consumer', 'too much is not confirmed')
}

function written(deps: HandOverDeps, state: SlotState, entry: Entry, session: Session): void {
  const item = itemOf(entry)
  const { record, delivery, target } = item
  item.writtenAt = performance.now()
  deps.events.delivered(Date.now() - record.timestamp)
  const { receipt } = delivery
  if (receipt === 'written' || (receipt === 'confirmed' && !session.confirms)) {
    item.told = deps.departures.receipt(delivery, record, target, receipt)
    if (!session.confirms && entry.state === 'waiting') {
      entry.state = 'leaving'
      return during(state, entry, item.told)
    }
    item.told.catch(() => undefined)
  }
  onWritten(state, entry.offset)
}
