// Reads what backends address to users, sessions and everyone, finds where they are, and writes one record to each slot.
import type { UndeliverableReason } from '../errors.ts'
import type { Events } from '../events.ts'
import type { OutgoingRecord } from '../inbound/ports.ts'
import {
  barred,
  type Delivery,
  isUnreadable,
  type ReadOptions,
  readDelivery,
  type Unreadable,
} from './delivery.ts'
import { type ForwardOptions, toForward } from './forward.ts'
import type { IncomingRecord } from './ports.ts'
import { type ReportContext, toQuarantined, toReceipt, wantsFailure } from './reports.ts'
import type { Resolver } from './resolve.ts'
import type { Surely } from './surely.ts'
import type { Target } from './targets.ts'

export type DispatchDeps = {
  readonly resolver: Resolver
  readonly surely: Surely
  readonly events: Events
  readonly reports: ReportContext
  readonly read: Omit<ReadOptions, 'from'>
  /** Bytes of one delivery. */
  readonly maxSize: number
  readonly secret: string
  readonly topics: { readonly slot: string }
  /** The topic with the messages of a channel. */
  channelTopic(channel: string): string
}

/** One record to write, and what is reported where that cannot be done. */
type Written = { readonly record: OutgoingRecord; readonly from: IncomingRecord; readonly for?: Asked }
type Asked = { readonly delivery: Delivery; readonly target: Target }

/** Resolves when all that the batch asks for is in Kafka; rejects when the node stops before, and it is read again. */
export function createDispatch(deps: DispatchDeps): (records: readonly IncomingRecord[]) => Promise<void> {
  return async (records) => {
    const asked = cached(deps.resolver)
    const written = await Promise.all(records.map((record) => toRecords(deps, asked, record)))
    // In the order of the log, as far as one target sees it: the publisher keeps it for each topic and key.
    await Promise.all(written.flat().map((each) => write(deps, each)))
  }
}

async function write(deps: DispatchDeps, { record, from, for: asked }: Written): Promise<void> {
  const outcome = await deps.surely(record)
  if (asked === undefined) return deps.events.reported(outcome, from)
  deps.events.forwarded(outcome, from)
  if (outcome === 'published') return
  const reports = failed(deps, from, asked, outcome === 'too-large' ? 'too-large' : 'no-session')
  await Promise.all(reports.map((report) => write(deps, report)))
}

/** The report of a delivery that reached nobody, where one is wanted. */
function failed(
  deps: DispatchDeps,
  from: IncomingRecord,
  { delivery, target }: Asked,
  why: UndeliverableReason,
): readonly Written[] {
  deps.events.undeliverable(why, from)
  if (!wantsFailure(delivery, target)) return []
  return [{ record: toReceipt(deps.reports, delivery, target, why), from }]
}

/** Where it can be told whom a record was for, its sender is told that it is not delivered. */
const reportsOf = (
  deps: DispatchDeps,
  from: IncomingRecord,
  { of, reason }: Unreadable,
): readonly Written[] =>
  of?.targets.flatMap((target) => failed(deps, from, { delivery: of, target }, reason)) ?? []

async function toRecords(
  deps: DispatchDeps,
  asked: Resolver,
  from: IncomingRecord,
): Promise<readonly Written[]> {
  const delivery = readDelivery(from, { from: 'dispatch', ...deps.read })
  if (isUnreadable(delivery)) {
    deps.events.quarantined(delivery, from)
    const quarantined = { record: toQuarantined(deps.reports, from, delivery), from }
    return [quarantined, ...reportsOf(deps, from, delivery)]
  }
  const each = delivery.targets.map(async (target) => {
    const onward = await toTarget(deps, asked, from, delivery, target)
    if (typeof onward === 'string') return failed(deps, from, { delivery, target }, onward)
    return onward.map((record) => ({ record, from, for: { delivery, target } }))
  })
  return (await Promise.all(each)).flat()
}

async function toTarget(
  deps: DispatchDeps,
  asked: Resolver,
  from: IncomingRecord,
  delivery: Delivery,
  target: Target,
): Promise<readonly OutgoingRecord[] | 'no-session' | 'wrong-tenant' | 'deadline-passed' | 'too-large'> {
  const to = (at: Target, slot: number, options: ForwardOptions = {}) =>
    toForward(from, delivery, at, `${deps.topics.slot}${slot}`, deps.secret, options)
  const why = barred(delivery, deps.maxSize, Date.now())
  if (why !== undefined) return why
  switch (target.kind) {
    case 'session': {
      const entry = await asked.session(target.session)
      if (entry === undefined) return 'no-session'
      return entry.tenant === delivery.tenant
        ? [to(target, entry.slot, { generation: entry.generation })]
        : 'wrong-tenant'
    }
    case 'user': {
      const entries = await asked.user(delivery.tenant, target.user)
      const wanted = entries.filter((entry) => entry.session !== delivery.except)
      if (wanted.length === 0) return 'no-session'
      return wanted.map((entry) =>
        to({ kind: 'session', session: entry.session }, entry.slot, {
          generation: entry.generation,
          ofUser: true,
        }),
      )
    }
    case 'everyone':
      return (await asked.liveSlots()).map((slot) => to(target, slot))
    case 'channel':
      return [toForward(from, delivery, target, deps.channelTopic(target.channel), deps.secret)]
  }
}

/** Each user and session is looked up once in a batch. */
function cached(resolver: Resolver): Resolver {
  const known = new Map<string, Promise<unknown>>()
  const once = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const answer = known.get(key) ?? ask()
    known.set(key, answer)
    return answer as Promise<T>
  }
  return {
    session: (id) => once(`s/${id}`, () => resolver.session(id)),
    user: (tenant, user) => once(JSON.stringify([tenant, user]), () => resolver.user(tenant, user)),
    liveSlots: () => once('', () => resolver.liveSlots()),
  }
}
