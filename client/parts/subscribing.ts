// The channels of a client: who listens to which, and their frames brought to them.
import type { Message, ServerFrame } from '../wire/frames.ts'
import type { Calls } from './calls.ts'
import { Channel } from './channel.ts'
import { type SubscribeOptions, Subscription } from './subscription.ts'

export type SubscribingOptions = {
  readonly bufferLimit: number
  /** Told what handlers throw. */
  readonly failed: (error: unknown) => void
  /** Whether there is a connection to ask on. */
  readonly isOpen: () => boolean
}

export class Subscribing {
  readonly #calls: Calls
  readonly #options: SubscribingOptions
  readonly #channels = new Map<string, Channel>()

  constructor(calls: Calls, options: SubscribingOptions) {
    this.#calls = calls
    this.#options = options
  }

  subscribe(
    name: string,
    options: SubscribeOptions = {},
    handler?: (message: Message) => unknown,
  ): Subscription {
    const { bufferLimit: limit, failed } = this.#options
    const known = this.#channels.get(name)
    const channel = known ?? new Channel(name, options, this.#calls, () => this.#forget(channel))
    const onClose = (subscription: Subscription) => this.#leave(channel, subscription)
    const subscription = new Subscription(name, options, { limit, failed, onClose }, handler)
    if (options.signal?.aborted) return subscription
    this.#channels.set(name, channel)
    channel.add(subscription, options)
    if (known === undefined && this.#options.isOpen()) channel.join()
    return subscription
  }

  onWelcome(): void {
    for (const channel of this.#channels.values()) channel.join()
  }

  onLost(): void {
    for (const channel of this.#channels.values()) channel.left()
  }

  /** Whether somebody here listens to the channel of this frame. */
  onFrame(frame: ServerFrame): boolean {
    const channel = 'channel' in frame ? this.#channels.get(frame.channel ?? '') : undefined
    if (channel === undefined) return false
    if (frame.kind === 'message') channel.onMessage(frame)
    else if (frame.kind === 'subscribed') channel.onSubscribed(frame)
    else if (frame.kind === 'unsubscribed') channel.onUnsubscribed()
    else if (frame.kind === 'joined' || frame.kind === 'left' || frame.kind === 'dropped')
      channel.onFrame(frame)
    else return false
    return true
  }

  /** There will be no connection. */
  endAll(error?: unknown): void {
    // A copy: a program may subscribe anew when it is told.
    for (const channel of Array.from(this.#channels.values())) channel.end(error)
  }

  #leave(channel: Channel, subscription: Subscription): void {
    if (!channel.subscriptions.delete(subscription) || channel.subscriptions.size > 0) return
    this.#forget(channel)
    channel.left()
    if (!this.#options.isOpen()) return
    const id = this.#calls.nextId()
    this.#calls.add({
      id,
      lane: `subscribe ${channel.name}`,
      counts: false,
      frame: () => ({ kind: 'unsubscribe', id, channel: channel.name }),
      // Whoever is not on it any more is off it as well.
      fail: () => {},
      answer: () => true,
    })
  }

  #forget(channel: Channel): void {
    if (this.#channels.get(channel.name) === channel) this.#channels.delete(channel.name)
  }
}
