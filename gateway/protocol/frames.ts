// What the frames of PROTOCOL.md mean in memory, the same for every encoding; the codecs turn these into bytes and back.
import type { RefusalCode, Violation } from '../errors.ts'

/**
 * A payload as it travels to and from Kafka: bytes with their content type.
 * In the JSON form a JSON payload is spliced in as text and never parsed into numbers; other bytes travel as base64 `data`.
 */
export type Payload = {
  readonly bytes: Buffer
  readonly contentType: string
  /** It came as native values of MessagePack, and is JSON now. */
  readonly native?: true
  /** The message that these bytes are, in its other encodings; absent where nobody knows of a message. */
  readonly forms?: PayloadForms
}

/** One message in the encodings of those who are shown it; undefined where it cannot be said in one. Must not throw. */
export type PayloadForms = {
  /** The message, as `ce_dataschema` names it. */
  readonly schema: string
  json(payload: Payload): Buffer | undefined
  protobuf(payload: Payload): Buffer | undefined
}

export type Hello = {
  readonly kind: 'hello'
  readonly token?: string
  readonly client?: { readonly name?: string; readonly version?: string; readonly instance?: string }
  readonly confirms?: boolean
  readonly resume?: {
    readonly token: string
    readonly attempt: number
    readonly position?: string
    readonly channels?: Readonly<Record<string, string>>
  }
}

/** The fields that `publish` and `request` share. Header names begin with `x-` and are lower case. */
type Outgoing = {
  readonly route?: string
  readonly type?: string
  readonly key?: string
  readonly sequence?: bigint
  readonly payload: Payload
  readonly headers?: Readonly<Record<string, string>>
  readonly trace?: string
}

export type Publish = Outgoing & { readonly kind: 'publish'; readonly id?: string; readonly channel?: string }
export type Request = Outgoing & {
  readonly kind: 'request'
  readonly id: string
  readonly timeoutMs?: number
}

export type ClientFrame =
  | Hello
  | Publish
  | Request
  | { readonly kind: 'cancel'; readonly id: string }
  | {
      readonly kind: 'subscribe'
      readonly id: string
      readonly channel: string
      readonly since?: string
      readonly last?: number
      readonly token?: string
      readonly members?: boolean
    }
  | { readonly kind: 'unsubscribe'; readonly id: string; readonly channel: string }
  | { readonly kind: 'confirm'; readonly position: string }
  | { readonly kind: 'authenticate'; readonly id: string; readonly token: string }
  | { readonly kind: 'members'; readonly id: string; readonly channel: string }
  | { readonly kind: 'ping' }

export type ClientFrameKind = ClientFrame['kind']

/**
 * What a frame that could not be decoded is answered with; `id` is repeated where the frame had a readable one.
 * `fatal`: the client does not speak this subprotocol (text where it is binary or the other way round): close 4400.
 */
export type BadFrame = {
  readonly code: RefusalCode
  readonly message: string
  readonly id?: string
  readonly fatal?: true
}

/** A delivery as clients see it. `time` is milliseconds since the epoch (Kafka's append time), shown as RFC 3339. */
export type Message = {
  readonly position: string
  readonly channel?: string
  readonly id?: string
  readonly type?: string
  readonly sender?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly time: number
  readonly payload: Payload
  readonly trace?: string
}

export type Member = { readonly user: string; readonly sessions: number; readonly info?: string }

/** Times (`expiresAt`, `time`) are milliseconds since the epoch; durations end in Ms. */
export type ServerFrame =
  | {
      readonly kind: 'welcome'
      readonly session: string
      readonly resumeToken: string
      readonly position: string
      readonly resumed: boolean
      readonly recovered: boolean
      readonly heartbeatMs: number
      readonly expiresAt?: number
      readonly limits: {
        readonly maxFrameBytes: number
        readonly maxInflight: number
        readonly messagesPerSecond: number
      }
    }
  | { readonly kind: 'heartbeat'; readonly position: string }
  | {
      readonly kind: 'ack'
      readonly id: string
      readonly topic: string
      readonly partition: number
      readonly offset: number
    }
  | {
      readonly kind: 'refusal'
      readonly id?: string
      readonly code: RefusalCode
      readonly message: string
      readonly retryable: boolean
      readonly retryAfterMs?: number
      readonly violations?: readonly Violation[]
    }
  | (Message & { readonly kind: 'message' })
  /** `request` is the id of the request that this answers; shown as `id`. The backend's own ce_id is not shown. */
  | (Omit<Message, 'id'> & {
      readonly kind: 'reply'
      readonly request: string
      readonly more?: boolean
      readonly error?: string
    })
  | {
      readonly kind: 'subscribed'
      readonly id?: string
      readonly channel: string
      readonly position: string
      readonly recovered: boolean
    }
  | { readonly kind: 'unsubscribed'; readonly id?: string; readonly channel: string }
  | { readonly kind: 'authenticated'; readonly id: string; readonly expiresAt: number }
  | {
      readonly kind: 'members'
      readonly id: string
      readonly members: readonly Member[]
      readonly count: number
    }
  | { readonly kind: 'expiring'; readonly expiresAt: number }
  | { readonly kind: 'goaway'; readonly reason: string; readonly reconnectAfterMs: number }
  | { readonly kind: 'joined' | 'left'; readonly channel: string; readonly member: Member }
  | { readonly kind: 'dropped'; readonly channel: string; readonly count: number }
  | { readonly kind: 'pong' }

/**
 * One WebSocket message ready to write: bytes and whether it goes out as a binary or a text frame. `deflated`: they are
 * compressed (RFC 7692), for connections that agreed to it alone.
 */
export type Encoded = { readonly bytes: Buffer; readonly binary: boolean; readonly deflated?: true }

/** One subprotocol: bytes to frames and back. Pure; the same codec object serves every connection. */
export type Codec = {
  readonly subprotocol: string
  /** Decodes one WebSocket message, or says why not. Never throws whatever the bytes are. */
  decode(bytes: Buffer, binary: boolean): ClientFrame | BadFrame
  /** Encodes one frame. A payload under a JSON content type that is not valid JSON travels as `data` in the JSON form. */
  encode(frame: ServerFrame): Encoded
}

export const isBadFrame = (decoded: ClientFrame | BadFrame): decoded is BadFrame => 'code' in decoded

/** Client-chosen ids: publishes, requests, subscriptions. */
export const idPattern = /^[A-Za-z0-9._~-]{1,64}$/
