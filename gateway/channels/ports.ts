// What channels need of those around them: the clients that subscribe, and the logs that messages come from.
import type { Refusal } from '../errors.ts'
import type { PayloadRule } from '../payloads/payload-rule.ts'
import type { RulePayload } from '../policy/facts.ts'
import type { ClientFrame, Encoded, Message, ServerFrame } from '../protocol/frames.ts'
import type { Principal } from '../session/principal.ts'
import type { Session } from '../session/session.ts'

/** One welcomed connection, as channels see it. Its identity is the object's. */
export type Subscriber = {
  readonly session: Session | undefined
  readonly principal: Principal | undefined
  readonly open: boolean
  /** The codec it speaks: frames are encoded once for each name. Undefined from `encode`: it does not show such frames. */
  readonly dialect: { readonly name: string; encode(frame: ServerFrame): Encoded | undefined }
  send(frame: ServerFrame): void
  /**
   * Writes WebSocket frames that were framed before (RFC 6455), shared by many; `messages` of them. Closes the connection
   * as a slow consumer where too much waits. Must not be changed after.
   */
  sendFramed(frames: Buffer, messages: number): void
  /** Bytes that were sent and that the kernel does not have yet. */
  readonly waitingBytes: number
  refuse(refusal: Refusal, id?: string): void
}

/** A message of one channel as it was read, encoded for nobody yet. */
export type ChannelMessage = {
  readonly tenant: string
  readonly channel: string
  /** Without a session's position: `message.position` is the channel's. */
  readonly message: Message
  /** Newest of its key wins for a slow reader. */
  readonly conflationKey?: string
  /** A session that is not shown it. */
  readonly except?: string
}

/** Who is on a channel; told of each subscription that began and of each that ended. Answers `members` frames itself. */
export type Presence = {
  joined(client: Subscriber, channel: string): void
  left(client: Subscriber, channel: string): void
  members(client: Subscriber, frame: Extract<ClientFrame, { kind: 'members' }>): void
}

/** Where a client's message on a channel goes. `allowsPayload` is to be asked before: undefined where its rule does not look at that. */
export type Destination = {
  readonly topic: string
  readonly allowsPayload?: (payload: RulePayload) => boolean
  /** What the channel's messages must be; undefined where they may be anything. */
  readonly payload?: PayloadRule | undefined
}

/** Frames of clients that are about channels; each is answered on the connection. */
export type Channels = {
  subscribe(client: Subscriber, frame: Extract<ClientFrame, { kind: 'subscribe' }>): void
  unsubscribe(client: Subscriber, frame: Extract<ClientFrame, { kind: 'unsubscribe' }>): void
  members(client: Subscriber, frame: Extract<ClientFrame, { kind: 'members' }>): void
  /** Where a client's message on this channel goes; a refusal where its rule does not allow that. */
  destinationOf(client: Subscriber, channel: string): Destination | Refusal
  /** `hello.resume.channels`: subscribes to each, all since their positions, after `welcome` was sent. */
  resume(client: Subscriber, positions: Readonly<Record<string, string>>): void
  /** The connection ended: it is off every channel. */
  left(client: Subscriber): void
}
