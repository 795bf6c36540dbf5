// Did you mean: the known name nearest to a mistyped one.

const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The candidate that differs from `given` in the fewest letters, case aside; undefined where none is like it. */
export const closest = (given: string, candidates: Iterable<string>): string | undefined => {
  const word = given.slice(0, 100).toLowerCase()
  let best: { name: string; far: number } | undefined
  for (const name of candidates) {
    const other = name.toLowerCase()
    const far = other.startsWith(word) && word.length > 2 ? 1 : distance(word, other)
    if (far <= Math.max(1, Math.floor(other.length / 3)) && (!best || far < best.far)) best = { name, far }
  }
  return best?.name
}
