// Plain values as a tree of paths: read, set, take away, merge, freeze.

export type Path = readonly PropertyKey[]
type Section = Record<PropertyKey, unknown>

export const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a path; undefined where there is none. */
export const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Section)[key]
        : undefined,
    root,
  )

/** `root` with `value` at the path; unchanged where what stands in the way is neither a section nor `true` for an empty one. */
export const withValue = (root: unknown, path: Path, value: unknown): unknown => {
  const [key, ...rest] = path
  if (key === undefined) return value
  const section = (root === undefined || root === null || root === true ? {} : root) as Section
  if (!isSection(section)) return root
  return { ...section, [key]: withValue(section[key], rest, value) }
}

/** `root` without what stands at the path. A place in a list is taken away with its list. */
export const withoutValue = (root: unknown, path: Path): unknown => {
  const [key, ...rest] = path
  if (key === undefined || Array.isArray(root)) return undefined
  if (!isSection(root)) return root
  const { [key]: found, ...others } = root
  const left = rest.length === 0 ? undefined : withoutValue(found, rest)
  return left === undefined ? others : { ...others, [key]: left }
}

/** Paths of everything that is not a section, in order; `intoLists`: a list of sections counts as sections too. */
export const leaves = (root: unknown, intoLists: boolean, path: Path = []): readonly Path[] => {
  if (root === undefined) return []
  const entries: readonly [PropertyKey, unknown][] = isSection(root)
    ? Object.entries(root)
    : intoLists && Array.isArray(root) && root.some(isSection)
      ? root.map((each: unknown, at) => [at, each])
      : []
  return entries.length === 0
    ? [path]
    : entries.flatMap(([key, each]) => leaves(each, intoLists, [...path, key]))
}

/** Whether `path` is `start` or lies below it. */
export const isWithin = (path: Path, start: Path): boolean =>
  start.every((key, at) => path[at] !== undefined && String(path[at]) === String(key))

/** The same value, which nobody can change any more. */
export const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const each of Object.values(value)) freeze(each)
  }
  return value
}
