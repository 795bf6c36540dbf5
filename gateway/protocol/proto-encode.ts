// Writes server frames as the protobuf message openclaw.v1.ServerFrame.

import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { create, toBinary } from '@bufbuild/protobuf'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import * as schemas from '#schemas/frames_pb.ts'
import { protobufForm } from './forms.ts'
import type { Encoded, Member, Message, ServerFrame } from './frames.ts'
import { toTime, toUint32 } from './quantities.ts'

type Of<K extends ServerFrame['kind']> = Extract<ServerFrame, { kind: K }>
type Kind = schemas.ServerFrame['kind']
type Undefinable<T> = { [K in keyof T]: T[K] | undefined }

/** `create`, which passes over undefined as over an absent field, though its types do not say so. */
const make = <D extends DescMessage>(schema: D, fields: Undefinable<MessageInitShape<D>>): MessageShape<D> =>
  create(schema, fields as MessageInitShape<D>)

const timestamp = (ms: number): Timestamp => timestampFromMs(toTime(ms))

const optionalTimestamp = (ms: number | undefined) => (ms === undefined ? undefined : timestamp(ms))

const toMember = ({ user, sessions, info }: Member) =>
  make(schemas.MemberSchema, { user, sessions: toUint32(sessions), info })

const delivery = (frame: Omit<Message, 'id'>, { bytes, contentType } = protobufForm(frame.payload)) => ({
  position: frame.position,
  type: frame.type,
  channel: frame.channel,
  sender: frame.sender,
  contentType,
  payload: bytes,
  headers: frame.headers,
  time: timestamp(frame.time),
  trace: frame.trace,
})

const toWelcome = (frame: Of<'welcome'>) => {
  const { session, resumeToken, position, resumed, recovered, limits } = frame
  return make(schemas.WelcomeSchema, {
    session,
    resumeToken,
    position,
    resumed,
    recovered,
    heartbeatMs: toUint32(frame.heartbeatMs),
    expiresAt: optionalTimestamp(frame.expiresAt),
    limits: create(schemas.LimitsSchema, {
      maxFrameBytes: toUint32(limits.maxFrameBytes),
      maxInflight: toUint32(limits.maxInflight),
      messagesPerSecond: toUint32(limits.messagesPerSecond),
    }),
  })
}

const toRefusal = (frame: Of<'refusal'>) => {
  const { id, code, message, retryable, retryAfterMs, violations = [] } = frame
  const wait = retryAfterMs === undefined ? undefined : toUint32(retryAfterMs)
  return make(schemas.RefusalSchema, {
    id,
    code,
    message,
    retryable,
    retryAfterMs: wait,
    violations: [...violations],
  })
}

const toKind = (frame: ServerFrame): Kind => {
  switch (frame.kind) {
    case 'welcome':
      return { case: frame.kind, value: toWelcome(frame) }
    case 'heartbeat':
      return { case: frame.kind, value: make(schemas.HeartbeatSchema, { position: frame.position }) }
    case 'ack': {
      const { id, topic, partition, offset } = frame
      return {
        case: frame.kind,
        value: make(schemas.AckSchema, { id, topic, partition, offset: BigInt(offset) }),
      }
    }
    case 'refusal':
      return { case: frame.kind, value: toRefusal(frame) }
    case 'message':
      return { case: frame.kind, value: make(schemas.MessageSchema, { id: frame.id, ...delivery(frame) }) }
    case 'reply': {
      const { request, more, error } = frame
      return {
        case: frame.kind,
        value: make(schemas.ReplySchema, { id: request, more, error, ...delivery(frame) }),
      }
    }
    case 'subscribed': {
      const { id, channel, position, recovered } = frame
      return { case: frame.kind, value: make(schemas.SubscribedSchema, { id, channel, position, recovered }) }
    }
    case 'unsubscribed': {
      const { id, channel } = frame
      return { case: frame.kind, value: make(schemas.UnsubscribedSchema, { id, channel }) }
    }
    case 'authenticated': {
      const { id, expiresAt } = frame
      return {
        case: frame.kind,
        value: make(schemas.AuthenticatedSchema, { id, expiresAt: timestamp(expiresAt) }),
      }
    }
    case 'members': {
      const { id, members, count } = frame
      return {
        case: frame.kind,
        value: make(schemas.MemberListSchema, { id, members: members.map(toMember), count: toUint32(count) }),
      }
    }
    case 'expiring':
      return {
        case: frame.kind,
        value: make(schemas.ExpiringSchema, { expiresAt: timestamp(frame.expiresAt) }),
      }
    case 'goaway': {
      const { reason, reconnectAfterMs } = frame
      return {
        case: frame.kind,
        value: make(schemas.GoawaySchema, { reason, reconnectAfterMs: toUint32(reconnectAfterMs) }),
      }
    }
    case 'joined':
    case 'left':
      return toMove(frame)
    case 'dropped': {
      const { channel, count } = frame
      return { case: frame.kind, value: make(schemas.DroppedSchema, { channel, count: toUint32(count) }) }
    }
    case 'pong':
      return { case: frame.kind, value: create(schemas.PongSchema) }
  }
}

const toMove = ({ kind, channel, member }: Of<'joined' | 'left'>): Kind => {
  const fields = { channel, member: toMember(member) }
  return kind === 'joined'
    ? { case: kind, value: make(schemas.JoinedSchema, fields) }
    : { case: kind, value: make(schemas.LeftSchema, fields) }
}

/** Never throws but for a partition or offset that is no integer. */
export const encodeProto = (frame: ServerFrame): Encoded => {
  const written = toBinary(
    schemas.ServerFrameSchema,
    create(schemas.ServerFrameSchema, { kind: toKind(frame) }),
  )
  return { bytes: Buffer.from(written.buffer, written.byteOffset, written.byteLength), binary: true }
}
