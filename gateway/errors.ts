// The closed tables of everything that can be said no to: refusals, close codes, handshake rejections, undeliverable reasons.

/** A refusal answers one frame; the connection lives. PROTOCOL.md's table is compared with this one by a test. */
export const refusals = {
  'invalid-frame': { retryable: false, meaning: 'the frame could not be read, or is of an unknown kind' },
  'invalid-payload': { retryable: false, meaning: 'the payload breaks the rules of its type' },
  'unknown-route': { retryable: false, meaning: 'no route has this name, or none matches the frame' },
  'unknown-channel': { retryable: false, meaning: 'no channel pattern matches this name' },
  forbidden: { retryable: false, meaning: 'this principal may not do that' },
  'too-large': { retryable: false, meaning: 'the frame or its record is over a size limit' },
  'rate-limited': { retryable: true, meaning: 'too much in too short a time; wait retryAfterMs' },
  'too-many-inflight': {
    retryable: true,
    meaning: 'too many frames of this connection wait for their answer',
  },
  'broker-unavailable': {
    retryable: true,
    meaning: 'Kafka did not take the record; it is certainly not stored',
  },
  'outcome-unknown': {
    retryable: true,
    meaning: 'Kafka may or may not have stored the record; send it again with the same id',
  },
  'route-unavailable': { retryable: true, meaning: 'the topic of this route is missing or not writable' },
  timeout: { retryable: false, meaning: 'no reply came within the time the request allowed' },
  'deadline-passed': { retryable: false, meaning: 'the time for this frame was over before it was sent on' },
  'token-expired': { retryable: false, meaning: 'the credential of this connection is no longer valid' },
  internal: { retryable: false, meaning: 'the gateway failed; the frame was not stored' },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>

export type RefusalCode = keyof typeof refusals

export type Violation = { readonly field: string; readonly rule: string; readonly message: string }

/** Why one frame was not taken. A value, never thrown. */
export type Refusal = {
  readonly code: RefusalCode
  readonly message: string
  /** Milliseconds to wait before the frame is sent again; only for retryable codes. */
  readonly retryAfterMs?: number
  readonly violations?: readonly Violation[]
}

export const refuse = (
  code: RefusalCode,
  message: string,
  more?: Omit<Refusal, 'code' | 'message'>,
): Refusal => ({
  code,
  message,
  ...more,
})

/** How a connection ends. 44xx: the client must change something first; 45xx and 10xx but 1000: reconnect as you are. */
export const closes = {
  normal: { code: 1000, meaning: 'done; do not reconnect' },
  'going-away': { code: 1001, meaning: 'the other end is going away' },
  abnormal: { code: 1006, meaning: 'the connection was lost without a close frame (never sent)' },
  'frame-too-large': {
    code: 1009,
    meaning: 'a frame was over the size limit; reconnect and drop that frame',
  },
  internal: { code: 1011, meaning: 'the gateway failed' },
  draining: { code: 1012, meaning: 'this node is shutting down; reconnect and resume' },
  overloaded: { code: 1013, meaning: 'no capacity now; back off' },
  malformed: { code: 4400, meaning: 'the frame breaks the protocol' },
  unauthenticated: { code: 4401, meaning: 'no credential, or one that is not or no longer valid' },
  forbidden: { code: 4403, meaning: 'the origin or the policy forbids this connection' },
  version: { code: 4406, meaning: 'this protocol version is not spoken here' },
  'taken-over': { code: 4409, meaning: 'the session was resumed by another connection' },
  revoked: { code: 4410, meaning: 'the credential or session was revoked' },
  'heartbeat-lost': { code: 4508, meaning: 'the client answered no ping' },
  'slot-lost': { code: 4510, meaning: 'this node lost its slot; reconnect and resume' },
  'slow-consumer': { code: 4513, meaning: 'the client read or confirmed too slowly' },
  'rate-limited': { code: 4529, meaning: 'too much in too short a time' },
} as const satisfies Record<string, { code: number; meaning: string }>

export type CloseName = keyof typeof closes

/** Answers before the upgrade (and of the plain GET that explains one). */
export const rejections = {
  'bad-request': {
    status: 400,
    close: 'malformed',
    meaning: 'not a WebSocket handshake this server understands',
  },
  'no-common-subprotocol': {
    status: 400,
    close: 'version',
    meaning: 'none of the offered subprotocols is spoken here',
  },
  unauthenticated: {
    status: 401,
    close: 'unauthenticated',
    meaning: 'no credential, or one that is not valid',
  },
  forbidden: { status: 403, close: 'forbidden', meaning: 'the policy forbids this connection' },
  'origin-not-allowed': { status: 403, close: 'forbidden', meaning: 'the Origin is not on the allowlist' },
  'unknown-path': { status: 404, close: 'malformed', meaning: 'no route has this path' },
  'rate-limited': {
    status: 429,
    close: 'rate-limited',
    meaning: 'too many new connections; see Retry-After',
  },
  'headers-too-large': {
    status: 431,
    close: 'malformed',
    meaning: 'the request headers are over the size limit',
  },
  full: { status: 503, close: 'overloaded', meaning: 'this node has no room for another connection' },
  draining: { status: 503, close: 'draining', meaning: 'this node is shutting down' },
  'broker-unavailable': { status: 503, close: 'overloaded', meaning: 'this node has lost Kafka' },
  'not-ready': { status: 503, close: 'overloaded', meaning: 'this node has not started or holds no slot' },
} as const satisfies Record<string, { status: number; close: CloseName; meaning: string }>

export type RejectionCode = keyof typeof rejections

/** Why an upgrade was not granted. `retryAfterS` goes into Retry-After, in seconds. */
export type Rejection = { readonly code: RejectionCode; readonly retryAfterS?: number }

/** Why a delivery reached nobody, as said on the receipts topic. */
export const undeliverable = {
  'no-session': 'the target has no live or resumable session',
  'deadline-passed': 'ce_expirytime was over',
  slow: 'the client was closed as a slow consumer before this was written',
  'too-large': 'the delivery is over the size limit of a frame',
  invalid: 'the record is not a delivery that can be understood',
  'wrong-tenant': 'the record names another tenant than its target has',
  'too-many-hops': 'the record was forwarded too often',
  unconfirmed: 'the node died; it may have arrived',
  'lost-range': 'a range of the log was truncated before it was delivered',
} as const

export type UndeliverableReason = keyof typeof undeliverable
