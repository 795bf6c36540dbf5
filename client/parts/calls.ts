// Frames that wait for an answer: sent when there is a connection, again after a refusal or a loss, each with its id.
import { closedByUs, type OpenClawError, queueFull, RefusedError } from '../errors.ts'
import type { Sent } from '../link/link.ts'
import { backOff } from '../rules/backoff.ts'
import { type Entry, Outgoing } from '../rules/outgoing.ts'
import { randomText, type Settings } from '../settings.ts'
import type { ClientFrame, RefusalFrame, ServerFrame, Welcome } from '../wire/frames.ts'

export type Call = Entry & {
  /** The frame as it is to be sent now. */
  readonly frame: () => ClientFrame
  /** Counts as one of those that may wait. */
  readonly counts: boolean
  /** Its answer; true: it was the last. `handled` is to be called when the program has it. */
  readonly answer: (frame: ServerFrame, handled: () => void) => boolean
  readonly fail: (error: unknown) => void
}

/** Refusals that are about the client and not about this one frame. */
const aboutAll = new Set(['rate-limited', 'too-many-inflight'])
const refusalPace = { firstMs: 200, longestMs: 5_000 }

export class Calls {
  readonly #settings: Settings
  readonly #send: (frame: ClientFrame) => Sent
  readonly #queue = new Outgoing<Call>()
  readonly #prefix = randomText(10)
  #made = 0
  #counted = 0
  /** How many may be on their way; 0: there is no connection. */
  #window = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(settings: Settings, send: (frame: ClientFrame) => Sent) {
    this.#settings = settings
    this.#send = send
  }

  get onTheWay(): number {
    return this.#queue.onTheWay
  }

  /** Waits for a connection or for an answer. */
  get size(): number {
    return this.#queue.size
  }

  /** Unlike that of any other client of this installation. */
  nextId(): string {
    return `${this.#prefix}-${++this.#made}`
  }

  /** Sends it as soon as it can be. Throws where too many wait. */
  add(call: Pick<Call, 'id' | 'lane' | 'frame' | 'counts' | 'answer' | 'fail'>): Call {
    if (call.counts && this.#counted >= this.#settings.queueLimit) throw queueFull(this.#settings.queueLimit)
    if (call.counts) this.#counted += 1
    const lane = this.#settings.ordered && call.counts ? '' : call.lane
    const entry = { ...call, lane, sent: false, taken: false, notBefore: 0, refusals: 0 }
    this.#queue.add(entry)
    this.#flush()
    return entry
  }

  get(id: string): Call | undefined {
    return this.#queue.get(id)
  }

  /** Nobody waits for it any more. */
  drop(id: string): Call | undefined {
    const call = this.#queue.take(id)
    if (call?.counts) this.#counted -= 1
    return call
  }

  onWelcome({ limits }: Welcome): void {
    this.#window = this.#settings.ordered ? 1 : limits.maxInflight || 1_000
    this.#flush()
  }

  onLost(tooLarge: boolean): void {
    this.#window = 0
    clearTimeout(this.#timer)
    const sent = tooLarge ? this.#queue.all().filter((call) => call.sent && call.counts) : []
    this.#queue.lost()
    const size = (call: Call) => this.#settings.json.stringify(call.frame()).length
    const largest = sent.toSorted((one, other) => size(other) - size(one))[0]
    if (largest !== undefined) this.#tooLarge(largest)
  }

  /** Whether somebody waited for it. */
  onAnswer(id: string, frame: ServerFrame, handled: () => void): boolean {
    const call = this.#queue.get(id)
    if (call === undefined) return false
    if (frame.kind === 'refusal') this.#refused(call, frame)
    else if (call.answer(frame, handled)) this.drop(id)
    this.#flush()
    return true
  }

  /** There will be no connection: everything fails with this. */
  failAll(error: OpenClawError = closedByUs()): void {
    clearTimeout(this.#timer)
    for (const { id } of this.#queue.all()) this.drop(id)?.fail(error)
  }

  all(): Call[] {
    return this.#queue.all()
  }

  #refused(call: Call, refusal: RefusalFrame): void {
    const again = refusal.retryable || refusal.code === 'token-expired'
    if (!again) {
      this.drop(call.id)?.fail(new RefusedError(refusal))
      return
    }
    const spread = backOff(call.refusals, this.#settings.random(), refusalPace)
    const wait = (refusal.retryAfterMs ?? 0) + spread
    this.#queue.again(call, performance.now() + wait, aboutAll.has(refusal.code))
  }

  #tooLarge({ id }: Call): void {
    const refusal = {
      code: 'too-large',
      message: 'the gateway takes no frame of this size',
      retryable: false,
    }
    this.drop(id)?.fail(new RefusedError(refusal))
  }

  #flush(): void {
    if (this.#window === 0) return
    clearTimeout(this.#timer)
    for (const call of this.#queue.due(performance.now(), this.#window)) {
      const sent = this.#trySend(call)
      if (sent === 'not-now') this.#queue.unsend(call)
      else if (sent === 'too-large') this.#tooLarge(call)
    }
    const now = performance.now()
    const next = this.#queue.nextLook(now)
    if (next !== undefined) this.#timer = setTimeout(() => this.#flush(), next - now)
  }

  /** What cannot be written as a frame fails by itself: the others are none the worse. */
  #trySend(call: Call): Sent {
    try {
      return this.#send(call.frame())
    } catch (error) {
      this.drop(call.id)?.fail(error)
      return 'sent'
    }
  }
}
