// Publishes: a promise of a place in Kafka for each, kept over lost connections with the same id and sequence.
import { timedOut } from '../errors.ts'
import { onAbort } from '../stream.ts'
import type { Place, Sending } from '../wire/frames.ts'
import type { Calls } from './calls.ts'

/** A route by its name, or a channel. `{}`: the route is found by path or type. */
export type Target = string | { readonly route?: string; readonly channel?: string }

export type SendOptions = {
  readonly type?: string
  /** What keeps its order: the record's key. */
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly contentType?: string
  readonly trace?: string
  /** At its abort nobody waits any more; what was sent already may still be stored. */
  readonly signal?: AbortSignal
  /** Milliseconds to wait. Default: publishes as long as it takes, requests 30 s. */
  readonly timeoutMs?: number
}

/** The fields of a frame. Throws a TypeError for a payload that is none. */
export function toSending(target: Target, payload: unknown, options: SendOptions): Sending {
  if (payload === undefined)
    throw new TypeError('payload: expected a JSON value or bytes; null is one, undefined is not')
  const { type, key, headers, contentType, trace } = options
  const { route, channel } = typeof target === 'string' ? { route: target } : target
  return { route, channel, type, key, headers, contentType, trace, payload }
}

export const laneOf = ({ route = '', channel = '', key = '' }: Sending): string =>
  `${route} ${channel} ${key}`

export type Counter = () => number

export function createPublishing(calls: Calls, sequence: Counter) {
  return (target: Target, payload: unknown, options: SendOptions = {}): Promise<Place> => {
    const { signal, timeoutMs } = options
    const result = Promise.withResolvers<Place>()
    // Who does not wait for it is not punished by the end of the process.
    result.promise.catch(() => {})
    const id = calls.nextId()
    let timer: ReturnType<typeof setTimeout> | undefined
    let forget = () => {}
    const over = () => {
      clearTimeout(timer)
      forget()
    }
    const fail = (error: unknown) => {
      over()
      calls.drop(id)
      result.reject(error)
    }
    try {
      signal?.throwIfAborted()
      const sending = { id, sequence: sequence(), ...toSending(target, payload, options) }
      calls.add({
        id,
        lane: laneOf(sending),
        counts: true,
        frame: () => ({ kind: 'publish', ...sending }),
        fail,
        answer(frame) {
          if (frame.kind !== 'ack') return false
          const { topic, partition, offset } = frame
          over()
          result.resolve({ topic, partition, offset })
          return true
        },
      })
      if (timeoutMs !== undefined) timer = setTimeout(() => fail(timedOut(timeoutMs)), timeoutMs)
      forget = onAbort(signal, fail)
    } catch (error) {
      fail(error)
    }
    return result.promise
  }
}
