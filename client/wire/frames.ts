// The frames of the protocol as this client sees them, whatever they look like on the wire.

/** What a publish or a request carries. */
export type Sending = {
  readonly id?: string | undefined
  readonly route?: string | undefined
  readonly channel?: string | undefined
  readonly type?: string | undefined
  readonly key?: string | undefined
  readonly sequence?: number | undefined
  readonly payload: unknown
  readonly contentType?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly trace?: string | undefined
}

export type Hello = {
  readonly token?: string | undefined
  readonly client: { readonly name: string; readonly version: string; readonly instance: string }
  readonly confirms: boolean
  readonly resume?:
    | { readonly token: string; readonly attempt: number; readonly position: string | undefined }
    | undefined
}

export type ClientFrame =
  | ({ readonly kind: 'hello' } & Hello)
  | ({ readonly kind: 'publish' } & Sending)
  | ({ readonly kind: 'request'; readonly id: string; readonly timeoutMs: number } & Sending)
  | { readonly kind: 'cancel' | 'unsubscribe' | 'members'; readonly id: string; readonly channel?: string }
  | {
      readonly kind: 'subscribe'
      readonly id: string
      readonly channel: string
      readonly since?: string | undefined
      readonly last?: number | undefined
      readonly token?: string | undefined
      readonly members?: boolean | undefined
    }
  | { readonly kind: 'confirm'; readonly position: string }
  | { readonly kind: 'authenticate'; readonly id: string; readonly token: string }
  | { readonly kind: 'ping' }

/** What came from a backend or by a channel. */
export type Message = {
  readonly position: string
  readonly id?: string
  readonly channel?: string
  readonly type?: string
  readonly sender?: string
  readonly headers: Readonly<Record<string, string>>
  readonly contentType: string
  readonly time: Date
  /** A JSON value, the text of a `text/…`, else the bytes. */
  readonly payload: unknown
  readonly trace?: string
}

/** `id` is that of the request. */
export type Reply = Message & { readonly more: boolean; readonly error?: string }
/** Where a message is in Kafka. */
export type Place = { readonly topic: string; readonly partition: number; readonly offset: string }
export type Member = { readonly user: string; readonly sessions: number; readonly info?: string }
/** Who is on a channel; the list is empty where there are too many. */
export type Members = { readonly members: readonly Member[]; readonly count: number }
export type Violation = { readonly field: string; readonly rule: string; readonly message: string }

export type Welcome = {
  readonly session: string
  readonly resumeToken: string
  readonly position: string
  readonly resumed: boolean
  readonly recovered: boolean
  readonly heartbeatMs: number
  readonly expiresAt?: Date
  readonly limits: {
    readonly maxFrameBytes: number
    readonly maxInflight: number
    readonly messagesPerSecond: number
  }
}

export type RefusalFrame = {
  readonly id?: string
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  readonly retryAfterMs?: number
  readonly violations?: readonly Violation[]
}

export type ServerFrame =
  | ({ readonly kind: 'welcome' } & Welcome)
  | { readonly kind: 'heartbeat'; readonly position: string }
  | ({ readonly kind: 'ack'; readonly id: string } & Place)
  | ({ readonly kind: 'refusal' } & RefusalFrame)
  | ({ readonly kind: 'reply'; readonly id: string } & Reply)
  | ({ readonly kind: 'message' } & Message)
  | {
      readonly kind: 'subscribed'
      readonly id?: string
      readonly channel: string
      readonly position: string
      readonly recovered: boolean
    }
  | { readonly kind: 'unsubscribed'; readonly id?: string; readonly channel: string }
  | { readonly kind: 'authenticated'; readonly id: string; readonly expiresAt?: Date }
  | ({ readonly kind: 'members'; readonly id: string } & Members)
  | { readonly kind: 'expiring'; readonly expiresAt?: Date }
  | { readonly kind: 'goaway'; readonly reason: string; readonly reconnectAfterMs: number }
  | { readonly kind: 'joined' | 'left'; readonly channel: string; readonly member: Member }
  | { readonly kind: 'dropped'; readonly channel: string; readonly count: number }
  | { readonly kind: 'pong' }

/** A frame that no gateway sends: the other side is something else, or broken. */
export class BadFrame extends Error {
  override readonly name = 'BadFrame'
}

export type Codec = {
  readonly subprotocol: string
  encode(frame: ClientFrame): string | Uint8Array<ArrayBuffer>
  /** Undefined for a kind that is not known here. Throws BadFrame. */
  decode(data: unknown): ServerFrame | undefined
}

/** How payloads become text and back; in place of JSON for those who need more than its numbers. */
export type JsonText = { parse(text: string): unknown; stringify(value: unknown): string }
