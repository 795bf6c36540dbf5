// Member records: what gateways write into a channel's topic when somebody comes to a channel or goes, signed for that topic. Pure.
import { headerOf } from '../delivery/headers.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import { forTopic, sign, verify } from '../delivery/signature.ts'
import { formatTarget } from '../delivery/targets.ts'
import type { OutgoingRecord } from '../inbound/ports.ts'
import type { MemberChange } from './members-port.ts'

/** `sessions`: how many the user has where it was said; 0 for who left. */
export type Told = MemberChange & { readonly sessions: number }

const type = 'openclaw.control.member'

/** All changes of a channel stand in partition 0 of its topic, as its messages do. */
export function toMemberRecord(told: Told, topic: string, secret: string): OutgoingRecord {
  const { change, tenant, channel, user, sessions, info, version } = told
  const value = Buffer.from(JSON.stringify({ change, tenant, channel, user, sessions, info, version }))
  return {
    topic,
    key: channel,
    partition: 0,
    value,
    headers: {
      ce_type: type,
      ce_to: formatTarget({ kind: 'channel', channel }),
      ...(tenant === '' ? {} : { ce_tenant: tenant }),
      ce_gateway: sign(forTopic(type, topic, value), secret),
    },
  }
}

/**
 * A member record with a genuine mark. Undefined for any other record: that is a message, or nobody's. Most records
 * cost a look at one header.
 */
export function readMemberRecord(record: IncomingRecord, secrets: readonly string[]): Told | undefined {
  const mark = record.headers['ce_gateway']
  if (mark === undefined || record.value === null || headerOf(record, 'ce_type') !== type) return undefined
  if (!verify(forTopic(type, record.topic, record.value), mark.toString(), secrets)) return undefined
  return JSON.parse(record.value.toString()) as Told
}
