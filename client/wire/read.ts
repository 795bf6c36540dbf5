// From the fields of a frame, as either codec finds them, to a frame that can be relied on.
import { BadFrame, type Member, type Message, type ServerFrame, type Violation } from './frames.ts'

type Fields = Readonly<Record<string, unknown>>
type Kind = ServerFrame['kind']
type Reader = (fields: Fields, payload: () => unknown) => object

/** Of 64 bits in protobuf: a bigint. */
const text = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'bigint'
      ? String(value)
      : ''
const number = (value: unknown): number => Number(value ?? 0) || 0
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {}
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Only those that are there. */
const present = (fields: Fields, ...names: string[]): Fields => {
  const found: Record<string, unknown> = {}
  for (const name of names)
    if (fields[name] !== undefined && fields[name] !== null) found[name] = fields[name]
  return found
}

/** RFC 3339, or a protobuf Timestamp. */
const date = (value: unknown): Date => {
  if (typeof value === 'string') return new Date(value)
  const { seconds, nanos } = fieldsOf(value)
  return new Date(number(seconds) * 1_000 + number(nanos) / 1_000_000)
}

const expiry = ({ expiresAt }: Fields): { expiresAt?: Date } =>
  expiresAt === undefined || expiresAt === null ? {} : { expiresAt: date(expiresAt) }

const member = (value: unknown): Member => {
  const fields = fieldsOf(value)
  const info = present(fields, 'info') as { info?: string }
  return { user: text(fields['user']), sessions: number(fields['sessions']), ...info }
}

const message = (fields: Fields, payload: () => unknown): Message => ({
  position: text(fields['position']),
  ...present(fields, 'id', 'channel', 'type', 'sender', 'trace'),
  headers: fieldsOf(fields['headers']) as Record<string, string>,
  contentType: text(fields['contentType']),
  time: date(fields['time']),
  payload: payload(),
})

const change: Reader = ({ channel, member: one }) => ({ channel: text(channel), member: member(one) })

const readers: { readonly [K in Kind]: Reader } = {
  welcome(fields) {
    const { session, resumeToken, heartbeatMs, limits } = fields
    if (typeof session !== 'string' || session === '' || !(number(heartbeatMs) > 0))
      throw new BadFrame('a welcome without a session or a heartbeat')
    const { maxFrameBytes, maxInflight, messagesPerSecond } = fieldsOf(limits)
    return {
      session,
      resumeToken: text(resumeToken),
      position: text(fields['position']),
      resumed: fields['resumed'] === true,
      recovered: fields['recovered'] === true,
      heartbeatMs: number(heartbeatMs),
      ...expiry(fields),
      limits: {
        maxFrameBytes: number(maxFrameBytes),
        maxInflight: number(maxInflight),
        messagesPerSecond: number(messagesPerSecond),
      },
    }
  },
  heartbeat: ({ position }) => ({ position: text(position) }),
  ack: ({ id, topic, partition, offset }) => ({
    id: text(id),
    topic: text(topic),
    partition: number(partition),
    offset: text(offset) || '0',
  }),
  refusal: (fields) => ({
    ...present(fields, 'id', 'retryAfterMs'),
    code: text(fields['code']),
    message: text(fields['message']),
    retryable: fields['retryable'] === true,
    violations: listOf(fields['violations']) as Violation[],
  }),
  reply: (fields, payload) => ({
    ...message(fields, payload),
    id: text(fields['id']),
    more: fields['more'] === true,
    ...present(fields, 'error'),
  }),
  message,
  subscribed: (fields) => ({
    ...present(fields, 'id'),
    channel: text(fields['channel']),
    position: text(fields['position']),
    recovered: fields['recovered'] === true,
  }),
  unsubscribed: (fields) => ({ ...present(fields, 'id'), channel: text(fields['channel']) }),
  authenticated: (fields) => ({ id: text(fields['id']), ...expiry(fields) }),
  members: ({ id, members, count }) => ({
    id: text(id),
    members: listOf(members).map(member),
    count: number(count),
  }),
  expiring: expiry,
  goaway: ({ reason, reconnectAfterMs }) => ({
    reason: text(reason),
    reconnectAfterMs: number(reconnectAfterMs),
  }),
  joined: change,
  left: change,
  dropped: ({ channel, count }) => ({ channel: text(channel), count: number(count) }),
  pong: () => ({}),
}

/** Undefined for a kind that is not known. Throws BadFrame for one that cannot be used. */
export function toServerFrame(kind: string, value: unknown, payload: () => unknown): ServerFrame | undefined {
  if (!Object.hasOwn(readers, kind)) return undefined
  if (typeof value !== 'object' || value === null) throw new BadFrame(`a ${kind} that is no object`)
  return { kind, ...readers[kind as Kind](value as Fields, payload) } as ServerFrame
}
