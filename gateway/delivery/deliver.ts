// A record of this node's slot on its way to its targets: to a socket here, on to another slot, or into a report.
import type { Connection } from '../connection/connection.ts'
import type { UndeliverableReason } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Encoded } from '../protocol/frames.ts'
import { formatPosition, recordHash } from '../session/position.ts'
import type { Roster } from '../session/roster.ts'
import { barred, isUnreadable, type ReadOptions, readDelivery } from './delivery.ts'
import { toForward } from './forward.ts'
import type { Item, Outcomes } from './outcome.ts'
import type { IncomingRecord } from './ports.ts'
import type { Resolver } from './resolve.ts'
import type { Surely } from './surely.ts'
import type { Target } from './targets.ts'
import { toFrame } from './to-frame.ts'
import type { Watermark } from './watermark.ts'

export type DeliverDeps = {
  readonly roster: Roster<Connection>
  readonly resolver: Resolver
  readonly outcomes: Outcomes
  readonly surely: Surely
  readonly events: Events
  readonly read: Omit<ReadOptions, 'from'>
  /** Bytes of one delivery. */
  readonly maxSize: number
  /** Signs what is sent on. */
  readonly secret: string
  /** Slot topics are this and a number. */
  readonly slotTopic: string
  readonly maxHops: number
  /** Deliveries that may wait for the registry at a time; past it they are reported. */
  readonly maxUnresolved: number
}

const whyUnwritten = (connection: Connection): UndeliverableReason =>
  connection.closing === 'slow-consumer' ? 'slow' : 'no-session'

type SessionTarget = Extract<Target, { kind: 'session' }>

/** Handles one record of a slot's log. Never throws and never waits. */
export type Deliver = (slot: number, watermark: Watermark, record: IncomingRecord) => void

export function createDeliver(deps: DeliverDeps): Deliver {
  const { outcomes, roster } = deps
  const options: ReadOptions = { from: 'slot', ...deps.read }
  let unresolved = 0

  const toConnection = (item: Item, target: Target, connection: Connection): void => {
    const { session } = connection
    const { delivery } = item
    if (session === undefined || delivery.except === session.id) return outcomes.settled(item)
    if (delivery.tenant !== session.principal.tenant) return outcomes.failed(item, target, 'wrong-tenant')
    if (delivery.request !== undefined && delivery.session === session.id) {
      if (session.requests.stateOf(delivery.request) === 'ended') return outcomes.settled(item)
      if (!delivery.more) session.requests.answered(delivery.request)
    }
    connection.send(toFrame(delivery, session.id, item.position, item.record.timestamp), (ok) => {
      if (ok) outcomes.written(item, target)
      else outcomes.failed(item, target, whyUnwritten(connection))
    })
  }

  /** Every connection of the tenant; encoded once for each dialect, and reported once for all of them. */
  const toEveryone = (item: Item, target: Target): void => {
    const { delivery, record } = item
    const encodings = new Map<string, Encoded | undefined>()
    const frame = toFrame(delivery, '', item.position, record.timestamp)
    let left = 1
    let someone = false
    let missed: UndeliverableReason | undefined
    const done = (): void => {
      if (--left > 0) return
      if (missed !== undefined) outcomes.failed(item, target, missed)
      else if (someone) outcomes.reached(item, target)
      else outcomes.settled(item)
    }
    for (const connection of roster.all()) {
      const { session, dialect, open } = connection
      if (!open || session?.principal.tenant !== delivery.tenant || session.id === delivery.except) continue
      if (!encodings.has(dialect.name)) encodings.set(dialect.name, dialect.encode(frame))
      const encoded = encodings.get(dialect.name)
      if (encoded === undefined) continue
      left++
      connection.sendEncoded(encoded, (ok) => {
        if (ok) deps.events.delivered(Date.now() - record.timestamp)
        if (ok) someone = true
        else missed ??= whyUnwritten(connection)
        done()
      })
    }
    done()
  }

  const sendOn = async (item: Item, target: SessionTarget): Promise<UndeliverableReason | undefined> => {
    if (item.delivery.hops >= deps.maxHops) return 'too-many-hops'
    if (unresolved >= deps.maxUnresolved) return 'no-session'
    unresolved++
    try {
      const entry = await deps.resolver.session(target.session)
      if (entry === undefined || entry.slot === item.slot) return 'no-session'
      if (entry.tenant !== item.delivery.tenant) return 'wrong-tenant'
      const topic = `${deps.slotTopic}${entry.slot}`
      const forward = toForward(item.record, item.delivery, target, topic, deps.secret)
      const outcome = await deps.surely(forward)
      deps.events.forwarded(outcome, item.record)
      if (outcome === 'published') return undefined
      return outcome === 'too-large' ? 'too-large' : 'no-session'
    } finally {
      unresolved--
    }
  }

  const toSession = (item: Item, target: SessionTarget): void => {
    if (roster.whenOpened(target.session, () => toSession(item, target))) return
    const connection = roster.find(target.session)
    if (connection !== undefined) return toConnection(item, target, connection)
    outcomes.after(item, target, sendOn(item, target))
  }

  const toTarget = (item: Item, target: Target): void => {
    const why = barred(item.delivery, deps.maxSize, Date.now())
    if (why !== undefined) return outcomes.failed(item, target, why)
    switch (target.kind) {
      case 'session':
        return toSession(item, target)
      case 'everyone':
        return toEveryone(item, target)
      case 'user':
      case 'channel':
        return outcomes.failed(item, target, 'invalid')
    }
  }

  return (slot, watermark, record) => {
    const pending = watermark.begin(record.offset)
    const delivery = readDelivery(record, options)
    if (isUnreadable(delivery)) return outcomes.unreadable(watermark, pending, record, delivery)
    const hash = recordHash(record.timestamp, record.value)
    const position = formatPosition({ slot, next: record.offset + 1, hash })
    const item = { slot, watermark, record, pending, delivery, position }
    for (const target of delivery.targets) {
      watermark.split(pending)
      try {
        toTarget(item, target)
      } catch (failure) {
        // Nothing is known to throw; if it does after all, this record must not stop those behind it.
        deps.events.deliveryFailed(failure, record)
        outcomes.failed(item, target, 'invalid')
      }
    }
    outcomes.settled(item)
  }
}
