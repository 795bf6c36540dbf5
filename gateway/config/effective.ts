// The configuration in force, safe to show: secrets and credentials in URLs are not in it.
import { fieldAt, pathText } from './fields.ts'
import type { Sources } from './load.ts'
import { withoutCredentials } from './problem.ts'
import type { Config } from './settings.ts'
import { leaves, type Path, valueAt } from './tree.ts'
import { durationText, sizeText } from './units.ts'

export type EffectiveSetting = {
  readonly setting: string
  /** As people write it; never a secret. */
  readonly value: unknown
  /** `openclaw.yaml:12:3`, a variable, or `default`. */
  readonly source: string
}

const shown = (path: Path, value: unknown): unknown => {
  const field = fieldAt(path)
  if (field?.secret) return Array.isArray(value) ? value.map(() => '***') : '***'
  if (field?.kind === 'duration') return durationText(Number(value))
  if (field?.kind === 'size') return sizeText(Number(value))
  if (Array.isArray(value)) return value.map((each: unknown) => shown([], each))
  return typeof value === 'string' ? withoutCredentials(value) : value
}

/** The source of a setting: its own, or that of the list or section it was given with. */
const sourceOf = (path: Path, sources: Sources): string => {
  for (let length = path.length; length > 0; length -= 1) {
    const found = sources.get(pathText(path.slice(0, length)))
    if (found !== undefined) return found
  }
  const list = `${pathText(path)}[`
  return [...sources].find(([setting]) => setting.startsWith(list))?.[1] ?? 'default'
}

/** Every setting in force with where it came from, in the order of the table. */
export const effectiveSettings = (config: Config, sources: Sources): readonly EffectiveSetting[] =>
  leaves(config, true).map((path) => ({
    setting: pathText(path),
    value: shown(path, valueAt(config, path)),
    source: sourceOf(path, sources),
  }))
