// Lets so many pieces of work run at a time.

export type Gate = <T>(work: () => Promise<T>) => Promise<T>

/** The others wait in turn. */
export function createGate(size: number): Gate {
  const waiting: (() => void)[] = []
  let free = size
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free -= 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
