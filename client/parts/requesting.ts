// Requests: one reply as a promise, or several as an async iterator; each ends by its last reply, its deadline or a cancel.
import { ReplyError, sessionLost, timedOut } from '../errors.ts'
import type { Link } from '../link/link.ts'
import { onAbort, Stream } from '../stream.ts'
import type { Reply, Welcome } from '../wire/frames.ts'
import type { Calls } from './calls.ts'
import { type Counter, laneOf, type SendOptions, type Target, toSending } from './publishing.ts'

const defaultTimeoutMs = 30_000
/** The gateway's own refusal says more than our timer; it gets so many ms to arrive. */
const graceMs = 1_000
/** Replies that may wait for their reader; the gateway stops long before, as they are not confirmed. */
const mostHeld = 10_000

export class Requesting {
  readonly #calls: Calls
  readonly #send: Link['send']
  readonly #sequence: Counter
  /** Requests of which a first reply has come. */
  readonly #begun = new Map<string, () => void>()

  constructor(calls: Calls, send: Link['send'], sequence: Counter) {
    this.#calls = calls
    this.#send = send
    this.#sequence = sequence
  }

  /** The last reply. */
  async request(target: Target, payload: unknown, options: SendOptions = {}): Promise<Reply> {
    let last: Reply | undefined
    for await (const reply of this.stream(target, payload, options)) last = reply
    if (last === undefined) throw sessionLost()
    return last
  }

  /** All replies; leaving the loop cancels the request. */
  stream(target: Target, payload: unknown, options: SendOptions = {}): Stream<Reply> {
    const { signal, timeoutMs = defaultTimeoutMs } = options
    const id = this.#calls.nextId()
    const deadline = performance.now() + timeoutMs
    const left = () => Math.max(1, Math.round(deadline - performance.now()))
    const timer = setTimeout(() => end(timedOut(timeoutMs)), timeoutMs + graceMs)
    let forget = () => {}
    const stream = new Stream<Reply>(mostHeld, () => {
      clearTimeout(timer)
      forget()
      this.#begun.delete(id)
      // Without its last reply: the backend need not go on.
      const call = this.#calls.drop(id)
      if (call?.sent || call?.taken) this.#send({ kind: 'cancel', id })
    })
    const end = (error: unknown) => stream.end(error)
    try {
      signal?.throwIfAborted()
      const sending = { id, sequence: this.#sequence(), ...toSending(target, payload, options) }
      const call = this.#calls.add({
        id,
        lane: laneOf(sending),
        counts: true,
        frame: () => ({ kind: 'request', ...sending, id, timeoutMs: left() }),
        fail: end,
        answer: (frame, handled) => {
          if (frame.kind !== 'reply') return false
          const { kind: _, ...reply } = frame
          call.taken = true
          this.#begun.set(id, () => end(sessionLost()))
          if (reply.error === undefined) stream.push(reply, handled)
          else handled()
          if (reply.more && reply.error === undefined) return false
          this.#calls.drop(id)
          end(reply.error === undefined ? undefined : new ReplyError(reply.error, reply.payload))
          return true
        },
      })
      forget = onAbort(signal, end)
    } catch (error) {
      end(error)
    }
    return stream
  }

  /** Further replies to what another session asked do not come. */
  onWelcome({ resumed }: Welcome): void {
    if (!resumed) for (const lose of this.#begun.values()) lose()
  }
}
