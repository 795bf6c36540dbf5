// One channel that we are on or want to be on, for all who listen to it here: asked for anew on each connection.
import { OpenClawError } from '../errors.ts'
import { Repeats } from '../rules/repeats.ts'
import { Watermark } from '../rules/watermark.ts'
import type { Message, ServerFrame } from '../wire/frames.ts'
import type { Calls } from './calls.ts'
import type { SubscribeOptions, Subscription, SubscriptionEvents } from './subscription.ts'

/** More than may wait for a reader. */
const remembered = 5_000

type Subscribed = Extract<ServerFrame, { kind: 'subscribed' }>

export class Channel {
  readonly name: string
  readonly subscriptions = new Set<Subscription>()
  readonly #calls: Calls
  readonly #onOver: () => void
  readonly #repeats = new Repeats(remembered)
  readonly #watermark = new Watermark()
  #options: SubscribeOptions
  /** Up to here all was handled. */
  #position: string | undefined
  #call: string | undefined
  #last: SubscriptionEvents['subscribed'] | undefined
  #over = false

  /** `onOver`: there is nothing more to this channel. */
  constructor(name: string, options: SubscribeOptions, calls: Calls, onOver: () => void) {
    this.name = name
    this.#options = options
    this.#calls = calls
    this.#onOver = onOver
  }

  /** One more listens. What the first one asked for is what all get, but for `members`. */
  add(subscription: Subscription, { members }: SubscribeOptions): void {
    this.subscriptions.add(subscription)
    const more = members === true && this.#options.members !== true
    if (more) this.#options = { ...this.#options, members }
    if (this.#last !== undefined) subscription.tell('subscribed', this.#last)
    if (more && this.#last !== undefined) this.join()
  }

  /** Asks to be on it: from where we were, or as it was asked for first. */
  join(): void {
    this.left()
    const id = this.#calls.nextId()
    this.#call = id
    this.#grant()
      .then((token) => this.#ask(id, token))
      .catch((error: unknown) => {
        if (this.#call === id) this.end(error)
      })
  }

  /** The connection is gone. */
  left(): void {
    if (this.#call !== undefined) this.#calls.drop(this.#call)
    this.#call = undefined
    this.#last = undefined
  }

  onSubscribed({ position, recovered }: Subscribed): void {
    this.#handled(position)
    this.#last = { position, recovered }
    this.#tell('subscribed', this.#last)
    if (!recovered) this.#tell('gap', { channel: this.name })
  }

  onMessage(message: Message): void {
    const { position } = message
    // A position names one message of a channel.
    if (this.#repeats.isRepeat({ id: position, position, payload: '' })) return
    const ticket = this.#watermark.add(position)
    let waiting = this.subscriptions.size
    const handled = () => {
      waiting -= 1
      const passed = waiting > 0 || ticket.done ? undefined : this.#watermark.done(ticket)
      if (passed !== undefined) this.#position = passed
    }
    for (const each of Array.from(this.subscriptions)) each.take(message, handled)
  }

  onFrame(frame: Extract<ServerFrame, { kind: 'joined' | 'left' | 'dropped' }>): void {
    if (frame.kind === 'dropped') {
      this.#tell('dropped', { channel: this.name, count: frame.count, by: 'gateway' })
    } else this.#tell(frame.kind, frame.member)
  }

  /** Somebody else took us off it: a grant that ended is renewed where it can be. */
  onUnsubscribed(): void {
    if (typeof this.#options.token === 'function') return this.join()
    this.end(
      new OpenClawError(
        'unsubscribed',
        'a backend took us off the channel',
        'subscribe again if that is wanted',
      ),
    )
  }

  end(error?: unknown): void {
    if (this.#over) return
    this.#over = true
    this.left()
    for (const each of Array.from(this.subscriptions)) each.ended(error)
    this.#onOver()
  }

  #ask(id: string, token: string | undefined): void {
    if (this.#over || this.#call !== id) return
    const { since, last, members } = this.#options
    const from = this.#position ?? since
    this.#calls.add({
      id,
      lane: `subscribe ${this.name}`,
      counts: false,
      frame: () => ({
        kind: 'subscribe',
        id,
        channel: this.name,
        since: from,
        last: from === undefined ? last : undefined,
        token,
        members,
      }),
      fail: (error) => this.end(error),
      answer: (frame) => {
        if (frame.kind !== 'subscribed') return false
        this.#call = undefined
        this.onSubscribed(frame)
        return true
      },
    })
  }

  async #grant(): Promise<string | undefined> {
    const { token } = this.#options
    return typeof token === 'function' ? token() : token
  }

  #handled(position: string): void {
    const passed = this.#watermark.done(this.#watermark.add(position))
    if (passed !== undefined) this.#position = passed
  }

  #tell<K extends keyof SubscriptionEvents>(event: K, what: SubscriptionEvents[K]): void {
    for (const each of Array.from(this.subscriptions)) each.tell(event, what)
  }
}
