// Asks the registry until its answer proves something: a miss counts only when every live slot has registered.
import { setTimeout as wait } from 'node:timers/promises'
import type { FoundSession, Resolved, SessionDirectory } from './ports.ts'

export type Resolver = {
  session(id: string): Promise<FoundSession | undefined>
  user(tenant: string, user: string): Promise<readonly FoundSession[]>
  liveSlots(): Promise<readonly number[]>
}

const againMs = 100

/**
 * An incomplete miss is asked again for up to `timeoutMs`; a registry that is away for as long as it is away
 * (until `signal`), as only it knows. Every answer is the best there is; the calls reject only when stopped.
 */
export function createResolver(
  directory: SessionDirectory,
  timeoutMs: number,
  signal: AbortSignal,
): Resolver {
  const ask = async <T>(question: () => Promise<Resolved<T>>, mayMiss: (found: T) => boolean): Promise<T> => {
    let until: number | undefined
    for (;;) {
      signal.throwIfAborted()
      const answer = await question().catch(() => undefined)
      // One that was away may have forgotten everything: the time in which nodes register begins when it is back.
      if (answer === undefined) until = undefined
      else {
        until ??= performance.now() + timeoutMs
        if (answer.complete || !mayMiss(answer.found) || performance.now() >= until) return answer.found
      }
      await wait(againMs, undefined, { signal })
    }
  }
  return {
    session: (id) =>
      ask(
        () => directory.ofSession(id),
        (found) => found === undefined,
      ),
    user: (tenant, user) =>
      ask(
        () => directory.ofUser(tenant, user),
        // Some of the user's sessions may not be entered yet: there is no telling from those found.
        () => true,
      ),
    liveSlots: () =>
      ask(
        () => directory.liveSlots(),
        () => true,
      ),
  }
}
