// Who is on a channel: one question, one answer, kept over lost connections.
import { onAbort } from '../stream.ts'
import type { CallOptions } from '../types.ts'
import type { Members } from '../wire/frames.ts'
import type { Calls } from './calls.ts'

export function ask(calls: Calls, channel: string, { signal }: CallOptions = {}): Promise<Members> {
  const result = Promise.withResolvers<Members>()
  result.promise.catch(() => {})
  const id = calls.nextId()
  let forget = () => {}
  const fail = (error: unknown) => {
    forget()
    calls.drop(id)
    result.reject(error)
  }
  try {
    signal?.throwIfAborted()
    calls.add({
      id,
      lane: `members ${channel}`,
      counts: true,
      frame: () => ({ kind: 'members', id, channel }),
      fail,
      answer(frame) {
        if (frame.kind !== 'members') return false
        forget()
        result.resolve({ members: frame.members, count: frame.count })
        return true
      },
    })
    forget = onAbort(signal, fail)
  } catch (error) {
    fail(error)
  }
  return result.promise
}
