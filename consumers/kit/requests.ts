// Requests in hand: who no longer waits for an answer is told to the handler by an AbortSignal.
import { type Batch, toTexts } from './record.ts'

/** Requests that were cancelled before they were begun, remembered until their notice is passed. */
const mostCancelled = 10_000
const longestTimer = 2 ** 31 - 1

type Headers = Readonly<Record<string, string>>

const keyOf = (headers: Headers): string | undefined =>
  headers['ce_request'] === undefined ? undefined : `${headers['ce_session']} ${headers['ce_request']}`

export const isCancel = (headers: Headers): boolean => headers['ce_cancel'] === 'true'

export class Requests {
  readonly #inHand = new Map<string, AbortController>()
  readonly #cancelled = new Set<string>()

  /** Looks for notices in what has arrived, long before it is their turn. */
  notice({ messages }: Batch): void {
    for (const { headers } of messages) {
      if (headers?.['ce_cancel'] === undefined) continue
      const texts = toTexts(headers)
      const key = keyOf(texts)
      if (key === undefined || !isCancel(texts)) continue
      this.#inHand.get(key)?.abort(new Error('nobody waits for this request any more'))
      this.#cancelled.add(key)
      const [oldest] = this.#cancelled
      if (this.#cancelled.size > mostCancelled && oldest !== undefined) this.#cancelled.delete(oldest)
    }
  }

  isCancelled(headers: Headers): boolean {
    const key = keyOf(headers)
    return key !== undefined && this.#cancelled.has(key)
  }

  /** The notice itself has its turn: nothing of the request can come behind it. */
  passed(headers: Headers): void {
    this.#cancelled.delete(keyOf(headers) ?? '')
  }

  /** A signal for one attempt, and how to let go of it. */
  begin(headers: Headers, expiry: Date | undefined, left: AbortSignal): { signal: AbortSignal; end(): void } {
    const key = keyOf(headers)
    if (key === undefined) return { signal: left, end: () => undefined }
    const own = new AbortController()
    this.#inHand.set(key, own)
    const onLeft = () => own.abort(left.reason)
    left.addEventListener('abort', onLeft, { once: true })
    const ms = expiry === undefined ? longestTimer : Math.max(0, expiry.getTime() - Date.now())
    const late = () => own.abort(new Error('the time of this request is over'))
    const timer = setTimeout(late, Math.min(ms, longestTimer)).unref()
    return {
      signal: own.signal,
      end: () => {
        clearTimeout(timer)
        left.removeEventListener('abort', onLeft)
        if (this.#inHand.get(key) === own) this.#inHand.delete(key)
      },
    }
  }
}
