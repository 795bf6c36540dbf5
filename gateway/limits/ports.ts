// What limits need of a store that all nodes share.
import type { Rate } from '../config/units.ts'

/** `count` in this window so far, and the milliseconds until the window is over. */
export type Counted = { readonly count: number; readonly leftMs: number }

/** Counts in windows over all nodes. Never rejects: where the store is away this node counts alone. */
export type SharedWindows = {
  /** `name` is that of the limit, of few values; `key` whose it is, any text. Adds `by` and answers the sum. */
  add(name: string, key: string, rate: Rate, by: number): Promise<Counted>
}

/** How many of something the live nodes have together. */
export type SharedHoldings = {
  /**
   * Says that this node has `mine` of `key`; answers how many all live nodes have, this one included. One call after the
   * other counts in order. Rejects while the store is away.
   */
  set(key: string, mine: number, under: { readonly slot: number; readonly epoch: number }): Promise<number>
}
