// Works through what dead nodes left behind, chunk after chunk: lists it, has it reported, removes it; one reaper at a time.
import { setImmediate as nextTurn } from 'node:timers/promises'

/** What a store lets one reaper do. */
export type Leftovers<Entry> = {
  /** Takes or keeps the claim and answers up to `limit` entries that are overdue; none while another has the claim. */
  next(graceMs: number, limit: number): Promise<readonly Entry[]>
  /** Removes those whose generation is still the same; answers how many. */
  remove(entries: readonly Entry[]): Promise<number>
  /** Makes the claim last for its full time from now on. */
  keepClaim(): Promise<void>
  yieldClaim(): Promise<void>
}

/** What one round is to do: see `ReapOptions`. */
export type Reaping<Entry> = {
  readonly graceMs: number
  readonly limit: number
  readonly report: (entries: readonly Entry[]) => Promise<void>
}

/** In ms. */
export type ReapBounds = {
  /** How long a claim lasts after it was last kept. A late reaper repeats reports and removes nothing wrongly. */
  readonly claimMs: number
  /** No chunk is begun after this time, and no claim is kept: a report that hangs must not hold up the other nodes. */
  readonly roundMs: number
}

export const reapBounds: ReapBounds = { claimMs: 30_000, roundMs: 60_000 }

/** One round; answers how many entries were removed. Rejects with what the report or the store rejects with. */
export async function reapRound<Entry>(
  leftovers: Leftovers<Entry>,
  { graceMs, limit, report }: Reaping<Entry>,
  bounds: ReapBounds,
): Promise<number> {
  const until = performance.now() + bounds.roundMs
  const keeping = setInterval(() => {
    if (performance.now() > until) clearInterval(keeping)
    // If this fails the claim may end: another reaper then reports the same once more.
    else leftovers.keepClaim().catch(() => {})
  }, bounds.claimMs / 3)
  let removed = 0
  try {
    do {
      const entries = await leftovers.next(graceMs, limit)
      if (entries.length === 0) break
      await report(entries)
      const gone = await leftovers.remove(entries)
      // All of them moved on meanwhile: whatever makes them move will be done by the next round.
      if (gone === 0) break
      removed += gone
      await nextTurn()
    } while (performance.now() < until)
    return removed
  } finally {
    clearInterval(keeping)
    // Also after a failure; if this one fails too, the claim ends by itself.
    await leftovers.yieldClaim().catch(() => {})
  }
}
