// @openclaw/client: all that programs may use, by name.
export { createClient } from './client.ts'
export { ConnectionError, OpenClawError, RefusedError, ReplyError, SignInError } from './errors.ts'
export type { ConfirmPace } from './link/confirming.ts'
export type { State, StateChange } from './link/link.ts'
export type { SocketClass, SocketLike } from './link/socket.ts'
export type { ReadOptions } from './parts/deliveries.ts'
export type { SendOptions, Target } from './parts/publishing.ts'
export type { Joined, SubscribeOptions, Subscription, SubscriptionEvents } from './parts/subscription.ts'
export type { Pace } from './rules/backoff.ts'
export type { ClientOptions, Log, TokenReason } from './settings.ts'
export type { CallOptions, Client, ClientEvents } from './types.ts'
export type {
  JsonText,
  Member,
  Members,
  Message,
  Place,
  RefusalFrame,
  Reply,
  Violation,
  Welcome,
} from './wire/frames.ts'
