// The time, looked at once for all that happens in one go: a look costs more than the rest of a shared write.

let time = 0
let isFresh = false

const outdate = (): void => {
  isFresh = false
}

/** `performance.now()` of the first call since this piece of work began. */
export function turnTime(): number {
  if (isFresh) return time
  isFresh = true
  queueMicrotask(outdate)
  time = performance.now()
  return time
}
