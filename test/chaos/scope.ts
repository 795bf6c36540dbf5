// Lends the starters of the tests to a program: what they register to be ended is ended when the scope is.
import type { TestContext } from 'node:test'

export type Scope = {
  /** Given to starters that want the context of a test; of all that one has they use `after` alone. */
  readonly t: TestContext
  /** Ends everything, what was started last first. */
  end(): Promise<void>
}

export function createScope(): Scope {
  const ends: (() => unknown)[] = []
  const after = (end: () => unknown) => void ends.push(end)
  return {
    t: { after } as unknown as TestContext,
    async end() {
      for (const end of ends.splice(0).toReversed()) await end()
    },
  }
}
