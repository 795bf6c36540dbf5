// Answers that are kept for a time and in a bounded space: those that nobody asked for longest go first.

export type Answers<T> = {
  /** Undefined: none, or it is too old. */
  get(key: string): T | undefined
  /** Keeps `value` until `until`, in ms on a clock that only grows. `bytes` is about what it holds. */
  set(key: string, value: T, bytes: number, until: number): void
  readonly bytes: number
}

type Kept<T> = { readonly value: T; readonly bytes: number; readonly until: number }

/** What an entry takes beside its value: about what V8 needs for a key of 44 characters and the entry itself. */
const entryBytes = 256

export function createAnswers<T>(maxBytes: number, now: () => number = () => performance.now()): Answers<T> {
  const kept = new Map<string, Kept<T>>()
  let held = 0
  const drop = (key: string): void => {
    held -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }
  return {
    get(key) {
      const found = kept.get(key)
      if (found === undefined) return undefined
      kept.delete(key)
      if (found.until > now()) kept.set(key, found)
      else held -= found.bytes
      return kept.has(key) ? found.value : undefined
    },
    set(key, value, bytes, until) {
      drop(key)
      const entry = { value, bytes: bytes + entryBytes, until }
      if (until <= now() || entry.bytes > maxBytes) return
      kept.set(key, entry)
      held += entry.bytes
      for (const oldest of kept.keys()) {
        if (held <= maxBytes) break
        drop(oldest)
      }
    },
    get bytes() {
      return held
    },
  }
}
