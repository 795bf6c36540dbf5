// Ends what a test started in reverse order: first what uses a server, then the server. node:test alone goes forwards.
import type { TestContext } from 'node:test'

const started = new WeakMap<TestContext, (() => unknown)[]>()

/** Calls `end` after the test, before everything that was registered earlier. */
export function onEnd(t: TestContext, end: () => unknown): void {
  const known = started.get(t)
  if (known !== undefined) return void known.push(end)
  const ends = [end]
  started.set(t, ends)
  t.after(async () => {
    for (const each of ends.toReversed()) await each()
  })
}
