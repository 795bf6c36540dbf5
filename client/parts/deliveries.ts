// What comes to the session: repeats are taken out, readers get it, and what they are through with is confirmed.
import { Repeats } from '../rules/repeats.ts'
import { Watermark } from '../rules/watermark.ts'
import { handleEach, onAbort, Stream } from '../stream.ts'
import type { Message, Reply, Welcome } from '../wire/frames.ts'

export type ReadOptions = { readonly signal?: AbortSignal }

/** Ids remembered, more than a gateway leaves unconfirmed. */
const remembered = 10_000
/** The gateway lets no client have more than some thousands unconfirmed, so that this is never reached. */
const mostHeld = 20_000

export type DeliveryEvents = {
  /** All up to here is handled. */
  readonly confirm: (position: string) => void
  readonly onUnheard: () => void
  readonly failed: (error: unknown) => void
}

export class Deliveries {
  readonly #events: DeliveryEvents
  readonly #repeats = new Repeats(remembered)
  readonly #watermark = new Watermark()
  readonly #readers = new Set<Stream<Message>>()
  /** Readers of functions: they stay for whatever session there is. */
  readonly #handlers = new Set<Stream<Message>>()

  constructor(events: DeliveryEvents) {
    this.#events = events
  }

  /** Everything from now on; ends with the signal. Each reader gets every message. */
  read({ signal }: ReadOptions = {}): Stream<Message> {
    const stream: Stream<Message> = new Stream(mostHeld, () => {
      this.#readers.delete(stream)
      this.#handlers.delete(stream)
      forget()
    })
    this.#readers.add(stream)
    let forget = () => {}
    forget = onAbort(signal, () => void stream.return())
    return stream
  }

  /** The same with a function, one after the other. Answers how to stop. */
  handle(handler: (message: Message) => unknown, options: ReadOptions = {}): () => void {
    const stream = this.read(options)
    if (this.#readers.has(stream)) this.#handlers.add(stream)
    void handleEach(stream, handler, this.#events.failed)
    return () => void stream.return()
  }

  onWelcome({ resumed }: Welcome): void {
    this.#repeats.reconnected()
    // Positions of another session say nothing to this one.
    if (!resumed) this.#watermark.clear()
  }

  onHeartbeat(position: string): void {
    this.#opens(position)()
  }

  onMessage(message: Message): void {
    const handled = this.#opens(message.position)
    if (this.#repeats.isRepeat(message)) return handled()
    let waiting = this.#readers.size
    if (waiting === 0) {
      this.#events.onUnheard()
      return handled()
    }
    const oneHandled = () => {
      waiting -= 1
      if (waiting === 0) handled()
    }
    for (const reader of this.#readers) reader.push(message, oneHandled)
  }

  /** Answers how to say that it was handled, or undefined for a repeat. */
  onReply({ id, position, payload }: Reply & { readonly id: string }): (() => void) | undefined {
    const handled = this.#opens(position)
    // Several replies may share a position while we are given what we missed, and the id is that of the request.
    if (!this.#repeats.isRepeat({ position: `${id} ${position}`, payload })) return handled
    handled()
    return undefined
  }

  /** Loops end; functions are for the next session, too. */
  end(): void {
    for (const reader of this.#readers) if (!this.#handlers.has(reader)) reader.end()
  }

  #opens(position: string): () => void {
    const ticket = this.#watermark.add(position)
    return () => {
      const passed = ticket.done ? undefined : this.#watermark.done(ticket)
      if (passed !== undefined) this.#events.confirm(passed)
    }
  }
}
