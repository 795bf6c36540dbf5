// How long to wait before the next attempt: a random time below a bound that doubles with each failure.

export type Pace = { readonly firstMs: number; readonly longestMs: number }

/** The pace of PROTOCOL.md. */
export const protocolPace: Pace = { firstMs: 1_000, longestMs: 30_000 }

/** Milliseconds; `failures` counts those since the last welcome, `random` is from 0 to 1. */
export function backOff(failures: number, random: number, { firstMs, longestMs }: Pace): number {
  return random * Math.min(longestMs, firstMs * 2 ** Math.min(failures, 30))
}
