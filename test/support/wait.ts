// Waiting for a fact instead of for a time.
import { setTimeout as pause } from 'node:timers/promises'

export type WaitOptions = {
  /** Milliseconds until the wait fails. Default 10 s. */
  readonly timeoutMs?: number
  /** Milliseconds between two looks. Default 5. */
  readonly everyMs?: number
  /** What is waited for, in words or told anew when it fails. */
  readonly describe?: string | (() => string)
}

type Falsy = false | 0 | '' | null | undefined

/**
 * Looks again and again until `fact` answers something truthy, and answers that. A look that throws counts as "not yet".
 * Fails with what was waited for, how long, and what the last look saw or threw.
 */
export async function waitFor<T>(
  fact: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, Falsy>> {
  const { timeoutMs = 10_000, everyMs = 5, describe } = options
  const caller = new Error()
  const deadline = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      last = await within(fact, deadline)
      if (last) return last as Exclude<T, Falsy>
    } catch (error) {
      last = error
    }
    if (performance.now() >= deadline) break
    await pause(everyMs)
  }
  const what = (typeof describe === 'function' ? describe() : describe) ?? fact.toString()
  const saw = last instanceof Error ? `threw ${last.message}` : `saw ${JSON.stringify(last)}`
  const failure = new Error(`Waited ${timeoutMs} ms in vain for: ${what} (the last look ${saw})`)
  failure.stack = `${failure.message}\n${(caller.stack ?? '').split('\n').slice(2).join('\n')}`
  throw failure
}

/** A look that hangs must not hang the wait. */
async function within<T>(fact: () => T | Promise<T>, deadline: number): Promise<T> {
  const over = new AbortController()
  const late = pause(Math.max(1, deadline - performance.now()), undefined, { signal: over.signal }).then(
    () => {
      throw new Error('nothing, for it did not come back')
    },
  )
  try {
    return await Promise.race([Promise.resolve(fact()), late])
  } finally {
    late.catch(() => {})
    over.abort()
  }
}
