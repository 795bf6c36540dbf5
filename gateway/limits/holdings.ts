// How many connections an address, a user or a tenant has at a time, over all nodes.
import type { SharedHoldings } from './ports.ts'

type Under = { readonly slot: number; readonly epoch: number }

export type Holdings = {
  /** One more: true where there are at most `most` now. False: nothing was counted. Where the store is away this node counts alone. */
  enter(key: string, most: number): Promise<boolean>
  leave(key: string): void
  /** Says all of it again: the store forgot, or this node counts under another lease. */
  rebuild(): Promise<void>
  /** Keys that are counted. */
  readonly size: number
}

/** Keys told at a time when all are told. */
const chunk = 100

/** `under` is the lease of this node: what is counted under a lease that ended counts no more. At most as many keys as connections. */
export function createHoldings(store: SharedHoldings, under: () => Under | undefined): Holdings {
  const mine = new Map<string, number>()
  /** Not told, for the store was away. */
  const untold = new Set<string>()

  const tell = async (key: string): Promise<number> => {
    const lease = under()
    const count = mine.get(key) ?? 0
    if (lease === undefined) return count
    untold.delete(key)
    try {
      return await store.set(key, count, lease)
    } catch {
      untold.add(key)
      return count
    }
  }

  const change = (key: string, by: number): void => {
    const count = (mine.get(key) ?? 0) + by
    if (count > 0) mine.set(key, count)
    else mine.delete(key)
  }

  const leave = (key: string): void => {
    change(key, -1)
    void tell(key)
  }

  return {
    async enter(key, most) {
      change(key, 1)
      if ((await tell(key)) <= most) return true
      leave(key)
      return false
    },
    leave,
    async rebuild() {
      const keys = [...new Set([...mine.keys(), ...untold])]
      for (let from = 0; from < keys.length; from += chunk)
        await Promise.all(keys.slice(from, from + chunk).map(tell))
    },
    get size() {
      return mine.size
    },
  }
}
