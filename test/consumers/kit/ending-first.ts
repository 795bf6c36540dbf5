// For tests with a Kafka of their own: its clients must end before it does, or they would look for it for ever.
import type { TestContext } from 'node:test'

/** Runs `work` with a context whose clean-ups run as soon as it is over, while everything of the test still stands. */
export async function endingFirst(work: (scope: TestContext) => Promise<void>): Promise<void> {
  const cleanUps: (() => unknown)[] = []
  const scope = { after: (cleanUp: () => unknown) => void cleanUps.push(cleanUp) }
  try {
    await work(scope as unknown as TestContext)
  } finally {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  }
}
