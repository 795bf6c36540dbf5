// What a program has of a client: its methods and what it is told.
import type { State, StateChange } from './link/link.ts'
import type { ReadOptions } from './parts/deliveries.ts'
import type { SendOptions, Target } from './parts/publishing.ts'
import type { SubscribeOptions, Subscription } from './parts/subscription.ts'
import type { Member, Members, Message, Place, RefusalFrame, Reply, Welcome } from './wire/frames.ts'

export type ClientEvents = {
  state: StateChange
  welcome: Welcome
  /** Deliveries to the session may be missing before the next: load fresh state. */
  gap: { readonly session: string }
  /** A frame without an id was refused. */
  refused: RefusalFrame
  /** What a handler or a listener of yours threw. */
  error: unknown
  goaway: { readonly reason: string; readonly reconnectAfterMs: number }
  expiring: { readonly expiresAt?: Date }
  /** A backend put us on a channel or took us off it; its messages come with `messages()`. */
  subscribed: { readonly channel: string; readonly position: string; readonly recovered: boolean }
  unsubscribed: { readonly channel: string }
  joined: { readonly channel: string; readonly member: Member }
  left: { readonly channel: string; readonly member: Member }
  dropped: { readonly channel: string; readonly count: number }
}

export type CallOptions = { readonly signal?: AbortSignal }

export type Client = {
  readonly state: State
  /** Of the session there is now. */
  readonly session: string | undefined
  /** Publishes and requests without an answer. */
  readonly waiting: number
  /** Resolves with the welcome; from then on it comes back by itself. Rejects where there is no use in another attempt. */
  connect(options?: CallOptions): Promise<Welcome>
  /**
   * Ends the session; what waits is rejected. `drainMs`: answers are waited for so long first. `keepSession`: the session
   * waits for whoever comes back to it.
   */
  close(options?: { readonly drainMs?: number; readonly keepSession?: boolean }): Promise<void>
  /** Resolves with the place in Kafka. */
  publish(target: Target, payload: unknown, options?: SendOptions): Promise<Place>
  /** Sends once, without an answer, and only if there is a connection now: for what is old in a moment, such as "is typing". */
  cast(target: Target, payload: unknown, options?: SendOptions): boolean
  request(target: Target, payload: unknown, options?: SendOptions): Promise<Reply>
  /** Leaving the loop cancels the request. */
  requestStream(target: Target, payload: unknown, options?: SendOptions): AsyncIterableIterator<Reply>
  subscribe(
    channel: string,
    options?: SubscribeOptions,
    handler?: (message: Message) => unknown,
  ): Subscription
  presence(channel: string, options?: CallOptions): Promise<Members>
  /** What is sent to this session or its user, from now on. */
  messages(options?: ReadOptions): AsyncIterableIterator<Message>
  /** The same with a function, one message after the other. Answers how to stop. */
  onMessage(handler: (message: Message) => unknown, options?: ReadOptions): () => void
  /** Answers how to stop listening. */
  on<K extends keyof ClientEvents>(event: K, listener: (what: ClientEvents[K]) => void): () => void
}
