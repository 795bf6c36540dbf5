// What a check finds: which promise was broken, by what, and where to look further.

export type Violation = {
  /** The invariant of the guarantees: I1 … I8, `hello` for attempts that came late, `close` for closes out of turn, `event` for what is told of sessions. */
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I7' | 'I8' | 'hello' | 'close' | 'event'
  /** A short name of the way it was broken. */
  readonly how: string
  readonly detail: string
  /** The messages whose story tells more. */
  readonly uuids?: readonly string[]
  /** Sessions whose story tells more. */
  readonly sessions?: readonly string[]
  /** A client whose connections at that time tell more. */
  readonly client?: { readonly number: number; readonly at: number }
}

/** Counts of everything that was seen, by name; printed whether a run passed or not. */
export type Counts = Record<string, number>

export const placeOf = (at: { topic: string; partition: number; offset: number | string }): string =>
  `${at.topic}/${at.partition}/${at.offset}`

/** Adds to a list in a map. */
export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

export const count = (counts: Counts, name: string, by = 1): void => {
  counts[name] = (counts[name] ?? 0) + by
}
