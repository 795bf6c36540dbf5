// What backends are told of a session's life: the records of one event, for the log of events and the table of who is online. Pure.
import { create, toJsonString } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { SessionEventSchema } from '../../schemas/gen/openclaw/v1/events_pb.ts'
import type { Publishable } from '../inbound/ports.ts'
import { toRfc3339, toTime, toUint32 } from '../protocol/quantities.ts'
import type { Session } from './session.ts'

export type SessionEventKind = 'connected' | 'resumed' | 'detached' | 'ended'

export type SessionEventContext = {
  readonly node: string
  readonly cluster: string
  readonly topics: { readonly events: string; readonly sessions: string }
}

/** Whom an event is about; an entry of the registry is one. */
export type EventSubject = {
  readonly session: string
  readonly tenant: string
  readonly user?: string
  readonly slot: number
  readonly generation: number
  readonly client?: { readonly name?: string; readonly version?: string } | undefined
}

/** `time` is milliseconds since the epoch. */
export type SessionEvent = {
  readonly kind: SessionEventKind
  readonly subject: EventSubject
  readonly reason?: string
  readonly time: number
}

type Told = Pick<Session, 'id' | 'principal' | 'slot' | 'generation' | 'client'>

export const subjectOf = ({ id, principal, slot, generation, client }: Told): EventSubject => ({
  session: id,
  tenant: principal.tenant,
  ...(principal.user === undefined ? {} : { user: principal.user }),
  slot,
  generation,
  client,
})

const toValue = (node: string, { kind, subject, reason, time }: SessionEvent): Buffer => {
  const { session, tenant, user, slot, generation, client } = subject
  const event = create(SessionEventSchema, {
    kind,
    session: session.toWellFormed(),
    tenant: tenant.toWellFormed(),
    node,
    slot: toUint32(slot),
    // The registry is open to others: what stands there must not stop the telling.
    generation: BigInt(Number.isSafeInteger(generation) ? Math.max(0, generation) : 0),
    time: timestampFromMs(toTime(time)),
    ...(user === undefined ? {} : { user: user.toWellFormed() }),
    ...(reason === undefined ? {} : { reason: reason.toWellFormed() }),
    ...(client?.name === undefined ? {} : { clientName: client.name.toWellFormed() }),
    ...(client?.version === undefined ? {} : { clientVersion: client.version.toWellFormed() }),
  })
  return Buffer.from(toJsonString(SessionEventSchema, event, { alwaysEmitImplicit: true }))
}

/**
 * The records of an event, in the order in which Kafka must get them: the event, its copy in the table, and for `ended`
 * what takes the session out of the table. Copies of one event have the same `ce_id`, whoever writes them.
 */
export function toSessionEvents(context: SessionEventContext, event: SessionEvent): readonly Publishable[] {
  const { session, tenant, user, generation } = event.subject
  const about: Record<string, string> = {
    ce_specversion: '1.0',
    ce_source: `/openclaw/${context.cluster}`,
    ce_id: `${session}/${generation}/${event.kind}`,
    ce_type: `openclaw.session.${event.kind}`,
    ce_time: toRfc3339(event.time),
    ce_session: session,
  }
  if (user !== undefined) about['ce_subject'] = user
  if (tenant !== '') about['ce_tenant'] = tenant
  const headers = {
    ...about,
    ce_dataschema: `proto:${SessionEventSchema.typeName}`,
    'content-type': 'application/json',
  }
  const value = toValue(context.node, event)
  const row = { topic: context.topics.sessions, key: session }
  return [
    { topic: context.topics.events, key: user ?? session, value, headers },
    { ...row, value, headers },
    ...(event.kind === 'ended' ? [{ ...row, value: null, headers: about }] : []),
  ]
}
