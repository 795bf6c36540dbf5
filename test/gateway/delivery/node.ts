// A node on slot 0 that delivers: sockets, registry and publisher in memory.
import assert from 'node:assert/strict'
import type { Connection } from '../../../gateway/connection/connection.ts'
import { createDeliver } from '../../../gateway/delivery/deliver.ts'
import { isUnreadable, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { toForward } from '../../../gateway/delivery/forward.ts'
import { createOutcomes } from '../../../gateway/delivery/outcome.ts'
import type { IncomingRecord, SessionEntry } from '../../../gateway/delivery/ports.ts'
import type { Resolver } from '../../../gateway/delivery/resolve.ts'
import type { Surely } from '../../../gateway/delivery/surely.ts'
import { Watermark } from '../../../gateway/delivery/watermark.ts'
import type { OutgoingRecord } from '../../../gateway/inbound/ports.ts'
import { Roster } from '../../../gateway/session/roster.ts'
import type { Session } from '../../../gateway/session/session.ts'
import { fakeConnection } from '../fake-connection.ts'
import { incoming, quietEvents, readAgain } from '../fakes.ts'

export const secret = 'a secret of this test'
export const away = 'BBBBBBBBBBBBBBBBBBBBBB'

/** A node on slot 0 with what it needs; what it writes to Kafka is in `written`. */
export function deliveringNode(
  options: { resolver?: Partial<Resolver>; surely?: Surely; maxUnresolved?: number } = {},
) {
  const written: OutgoingRecord[] = []
  const surely: Surely =
    options.surely ??
    ((record) => {
      written.push(record)
      return Promise.resolve('published')
    })
  const events = quietEvents()
  const roster = new Roster<Connection>()
  const watermark = new Watermark()
  const reports = {
    node: 'gw-1',
    cluster: 'main',
    topics: { receipts: 'receipts', quarantine: 'quarantine' },
  }
  const resolver: Resolver = {
    session: () => Promise.resolve(undefined),
    user: () => Promise.resolve([]),
    liveSlots: () => Promise.resolve([]),
    ...options.resolver,
  }
  const deliver = createDeliver({
    roster,
    resolver,
    surely,
    events,
    outcomes: createOutcomes({ surely, events, reports }),
    read: { maxTargets: 10, secrets: [secret] },
    maxSize: 10_000,
    secret,
    slotTopic: 'slot.',
    maxHops: 2,
    maxUnresolved: options.maxUnresolved ?? 10,
  })
  const join = (session: Session, how: Parameters<typeof fakeConnection>[0] = {}) => {
    const opened = fakeConnection({ session, ...how })
    roster.add(session.id, opened.connection)
    return opened
  }
  const give = (record: IncomingRecord) => deliver(0, watermark, record)
  /** Reasons of the receipts written, or why a record was quarantined. */
  const told = () =>
    written
      .filter(({ topic }) => topic === 'receipts' || topic === 'quarantine')
      .map(({ value }) => JSON.parse(value.toString()) as { outcome?: string; reason?: string })
      .map(({ outcome, reason }) => reason ?? outcome)
  return { roster, watermark, events, written, join, give, told }
}

export const entry = (more: Partial<SessionEntry>): SessionEntry => ({
  session: away,
  tenant: '',
  slot: 3,
  epoch: 1,
  generation: 1,
  ...more,
})

/** Everyone of the empty tenant, as a gateway writes it. */
export function toEveryone(headers: Record<string, string> = {}): IncomingRecord {
  const first = incoming({ ce_to: 'everyone', ...headers }, '"all"')
  const delivery = readDelivery(first, { from: 'dispatch', maxTargets: 1, secrets: [secret] })
  assert.ok(!isUnreadable(delivery))
  return readAgain(toForward(first, delivery, { kind: 'everyone' }, 'slot.0', secret), { offset: 7 })
}
