// A seeded source of random numbers: the same seed gives the same history everywhere.

/** Numbers below `bound`. */
export type Random = (bound: number) => number

export function createRandom(seed: number): Random {
  let state = (seed * 2654435761) >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}
