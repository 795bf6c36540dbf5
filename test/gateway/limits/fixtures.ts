// What limits are made of in tests: a clock that is turned by hand, and windows in memory.

import type { SharedWindows } from '../../../gateway/limits/ports.ts'
import { MemoryStore } from '../../../gateway/registry/memory-store.ts'

/** Time stands until it is turned. */
export function handClock() {
  const due: { at: number; fire: () => void }[] = []
  const clock = {
    at: 0,
    now: () => clock.at,
    after: (ms: number, fire: () => void) => void due.push({ at: clock.at + ms, fire }),
    /** Fires what is due on the way, in turn, and lets answers arrive. */
    async turn(ms: number) {
      const end = clock.at + ms
      for (;;) {
        const next = due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        due.splice(due.indexOf(next), 1)
        clock.at = next.at
        next.fire()
        await new Promise((resolve) => setImmediate(resolve))
      }
      clock.at = end
    },
  }
  return clock
}

export function memoryWindows(now: () => number): SharedWindows {
  const { limits } = new MemoryStore(now)
  return { add: (name, key, rate, by) => Promise.resolve(limits.add(name, key, rate, by)) }
}
