// What a program has of a channel: its messages as an async iterator or a function, and what it is told beside them.
import { Emitter } from '../events.ts'
import { handleEach, onAbort, Stream } from '../stream.ts'
import type { Member, Message } from '../wire/frames.ts'

export type SubscribeOptions = {
  /** Begin after this position. */
  readonly since?: string
  /** Begin with so many messages of the history. */
  readonly last?: number
  /** Also tell who comes and goes. */
  readonly members?: boolean
  /** A grant for this one channel, or a function that is asked for one each time it is needed. */
  readonly token?: string | (() => string | Promise<string>)
  /** Ends the subscription. */
  readonly signal?: AbortSignal
}

export type Joined = { readonly position: string; readonly recovered: boolean }

export type SubscriptionEvents = {
  /** On the channel: for the first time, and each time again. */
  subscribed: Joined
  /** At least one message is missing before the next: load fresh state. */
  gap: { readonly channel: string }
  /** So many were skipped: by the gateway for a slow reader, or here as too many waited. */
  dropped: { readonly channel: string; readonly count: number; readonly by: 'gateway' | 'client' }
  joined: Member
  left: Member
  /** Nothing more comes; `error` says why if it was not asked for. */
  closed: { readonly error?: unknown }
}

export class Subscription implements AsyncIterable<Message> {
  readonly channel: string
  /** The first time on the channel; rejects where that was refused. */
  readonly ready: Promise<Joined>
  readonly #events: Emitter<SubscriptionEvents>
  readonly #stream: Stream<Message>
  readonly #ready = Promise.withResolvers<Joined>()
  #forget = () => {}
  #closed = false

  constructor(
    channel: string,
    options: SubscribeOptions,
    given: { limit: number; failed: (error: unknown) => void; onClose: (subscription: Subscription) => void },
    handler?: (message: Message) => unknown,
  ) {
    this.channel = channel
    this.ready = this.#ready.promise
    // Who does not wait for it is told by `closed`.
    this.ready.catch(() => {})
    this.#events = new Emitter(given.failed)
    this.#stream = new Stream(given.limit, () => {
      if (this.#closed) return
      this.close()
      given.onClose(this)
    })
    if (handler) void handleEach(this.#stream, handler, given.failed)
    this.#forget = onAbort(options.signal, () => this.close())
  }

  on<K extends keyof SubscriptionEvents>(
    event: K,
    listener: (what: SubscriptionEvents[K]) => void,
  ): () => void {
    return this.#events.on(event, listener)
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    return this.#stream
  }

  /** Leaves the channel, if no other subscription is for it. */
  close(): void {
    void this.#stream.return()
    this.ended()
  }

  /** It is over; for whoever keeps it. */
  ended(error?: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.#forget()
    this.#ready.reject(error ?? new DOMException('the subscription was closed', 'AbortError'))
    this.#stream.end(error)
    this.#events.emit('closed', error === undefined ? {} : { error })
  }

  /** A message came; for whoever keeps it. */
  take(message: Message, handled: () => void): void {
    const count = this.#stream.push(message, handled)
    if (count > 0) this.tell('dropped', { channel: this.channel, count, by: 'client' })
  }

  tell<K extends keyof SubscriptionEvents>(event: K, what: SubscriptionEvents[K]): void {
    if (event === 'subscribed') this.#ready.resolve(what as Joined)
    this.#events.emit(event, what)
  }
}
