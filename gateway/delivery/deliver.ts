// A record of this node's slot on its way to its targets: to a socket here, on to another slot, or into a report.
import type { Connection } from '../connection/connection.ts'
import type { UndeliverableReason } from '../errors.ts'
import type { Events } from '../events.ts'
import type { Encoded } from '../protocol/frames.ts'
import { formatPosition, recordHash } from '../session/position.ts'
import type { Roster } from '../session/roster.ts'
import { isUnreadable, type ReadOptions, readDelivery } from './delivery.ts'
import { toForward } from './forward.ts'
import type { Item, Outcomes } from './outcome.ts'
import type { IncomingRecord } from './ports.ts'
import type { Resolver } from './resolve.ts'
import type { Surely } from './surely.ts'
import type { Target } from './targets.ts'
import { toFrame } from './to-frame.ts'
import type { Watermark } from './watermark.ts'

export type DeliverDeps = {
  readonly roster: Roster
  readonly resolver: Resolver
  readonly outcomes: Outcomes
  readonly surely: Surely
  readonly events: Events
  readonly read: Omit<ReadOptions, 'from'>
  /** Signs what is sent on. */
  readonly secret: string
  /** Slot topics are this and a number. */
  readonly slotTopic: string
  readonly maxHops: number
  /** Deliveries that may wait for the registry at a time; past it they are reported. */
  readonly maxUnresolved: number
}

type SessionTarget = Extract<Target, { kind: 'session' }>

/** Handles one record of a slot's log. Never throws and never waits. */
export type Deliver = (slot: number, watermark: Watermark, record: IncomingRecord) => void

export function createDeliver(deps: DeliverDeps): Deliver {
  const { outcomes, roster } = deps
  let unresolved = 0

  const toConnection = (item: Item, target: Target, connection: Connection, encoded?: Encoded): void => {
    const { session } = connection
    const { delivery } = item
    if (session === undefined || delivery.except === session.id) return outcomes.settled(item)
    if (delivery.tenant !== session.principal.tenant) return outcomes.failed(item, target, 'wrong-tenant')
    if (delivery.request !== undefined && delivery.session === session.id) {
      if (session.requests.stateOf(delivery.request) === 'ended') return outcomes.settled(item)
      if (!delivery.more) session.requests.answered(delivery.request)
    }
    const onWritten = (ok: boolean): void => {
      if (ok) return outcomes.written(item, target)
      outcomes.failed(item, target, connection.closing === 'slow-consumer' ? 'slow' : 'no-session')
    }
    if (encoded !== undefined) return connection.sendEncoded(encoded, onWritten)
    connection.send(toFrame(delivery, session.id, item.position, item.record.timestamp), onWritten)
  }

  /** Every connection of the tenant; encoded once for each dialect. */
  const toEveryone = (item: Item, target: Target): void => {
    const encodings = new Map<string, Encoded | undefined>()
    const frame = toFrame(item.delivery, '', item.position, item.record.timestamp)
    for (const connection of roster.all()) {
      if (connection.session?.principal.tenant !== item.delivery.tenant) continue
      const { name } = connection.dialect
      if (!encodings.has(name)) encodings.set(name, connection.dialect.encode(frame))
      item.watermark.split(item.pending)
      toConnection(item, target, connection, encodings.get(name))
    }
    outcomes.settled(item)
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
      deps.events.forwarded(await deps.surely(forward), item.record)
      return undefined
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
    const { expiresAt } = item.delivery
    if (expiresAt !== undefined && expiresAt <= Date.now()) {
      return outcomes.failed(item, target, 'deadline-passed')
    }
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
    const delivery = readDelivery(record, { from: 'slot', ...deps.read })
    if (isUnreadable(delivery)) return outcomes.unreadable(watermark, pending, record, delivery)
    const hash = recordHash(record.timestamp, record.value)
    const position = formatPosition({ slot, next: record.offset + 1, hash })
    const item = { slot, watermark, record, pending, delivery, position }
    for (const target of delivery.targets) {
      watermark.split(pending)
      toTarget(item, target)
    }
    outcomes.settled(item)
  }
}
