// Writes server frames as MessagePack: the JSON form, payloads as native values where they are JSON, else as `bin`.
import { isJsonType } from './content-types.ts'
import { jsonForm } from './forms.ts'
import type { Encoded, Message, Payload, ServerFrame } from './frames.ts'
import { jsonToNative } from './msgpack-json.ts'
import { MsgpackWriter } from './msgpack-write.ts'
import { toRfc3339, toUint32 } from './quantities.ts'

type Fields = Readonly<Record<string, unknown>>

const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : toRfc3339(ms))

const delivery = (frame: Omit<Message, 'id' | 'payload'>, { contentType }: Payload): Fields => ({
  position: frame.position,
  channel: frame.channel,
  type: frame.type,
  sender: frame.sender,
  headers: frame.headers,
  contentType,
  time: toRfc3339(frame.time),
  trace: frame.trace,
})

type WithPayload = Extract<ServerFrame, { payload: Payload }>

const named = (frame: WithPayload): Fields =>
  frame.kind === 'message' ? { id: frame.id } : { id: frame.request, more: frame.more, error: frame.error }

/** The fields of the JSON form, those that are absent undefined. */
function fieldsOf(frame: Exclude<ServerFrame, WithPayload>): Fields {
  switch (frame.kind) {
    case 'welcome': {
      const { session, resumeToken, position, resumed, recovered, limits } = frame
      return {
        session,
        resumeToken,
        position,
        resumed,
        recovered,
        heartbeatMs: toUint32(frame.heartbeatMs),
        expiresAt: time(frame.expiresAt),
        limits: {
          maxFrameBytes: toUint32(limits.maxFrameBytes),
          maxInflight: toUint32(limits.maxInflight),
          messagesPerSecond: toUint32(limits.messagesPerSecond),
        },
      }
    }
    case 'ack':
      return { id: frame.id, topic: frame.topic, partition: frame.partition, offset: String(frame.offset) }
    case 'refusal': {
      const { id, code, message, retryable, retryAfterMs, violations } = frame
      const wait = retryAfterMs === undefined ? undefined : toUint32(retryAfterMs)
      const list = violations?.length
        ? violations.map(({ field, rule, message: says }) => ({ field, rule, message: says }))
        : undefined
      return { id, code, message, retryable, retryAfterMs: wait, violations: list }
    }
    case 'authenticated':
      return { id: frame.id, expiresAt: time(frame.expiresAt) }
    case 'expiring':
      return { expiresAt: time(frame.expiresAt) }
    case 'members': {
      const { id, members, count } = frame
      return { id, members: members.map(member), count: toUint32(count) }
    }
    case 'goaway':
      return { reason: frame.reason, reconnectAfterMs: toUint32(frame.reconnectAfterMs) }
    case 'joined':
    case 'left':
      return { channel: frame.channel, member: member(frame.member) }
    case 'dropped':
      return { channel: frame.channel, count: toUint32(frame.count) }
    case 'heartbeat':
    case 'subscribed':
    case 'unsubscribed':
    case 'pong': {
      const { kind: _kind, ...fields } = frame
      return fields
    }
  }
}

const member = ({ user, sessions, info }: { user: string; sessions: number; info?: string }): Fields => ({
  user,
  sessions: toUint32(sessions),
  info,
})

/** A JSON payload as the value it is; where MessagePack cannot say the same, and for all others, the bytes. */
const native = ({ bytes, contentType }: Payload): unknown =>
  isJsonType(contentType) ? (jsonToNative(bytes) ?? { value: bytes }).value : bytes

function write({ kind }: ServerFrame, fields: Fields): Buffer {
  const writer = new MsgpackWriter()
  writer.map(1)
  writer.text(kind)
  writer.value(fields)
  return writer.finish()
}

export function encodeMsgpack(frame: ServerFrame): Encoded {
  if (frame.kind !== 'message' && frame.kind !== 'reply')
    return { bytes: write(frame, fieldsOf(frame)), binary: true }
  const payload = jsonForm(frame.payload)
  const fields = { ...named(frame), ...delivery(frame, payload) }
  try {
    return { bytes: write(frame, { ...fields, payload: native(payload) }), binary: true }
  } catch (failure) {
    // JSON may be nested deeper than MessagePack is written here.
    if (!(failure instanceof RangeError)) throw failure
    return { bytes: write(frame, { ...fields, payload: payload.bytes }), binary: true }
  }
}
