// Everything that is wrong with raw settings, found at once: broken rules first, then contradictions among the rest.
import { contradictions } from './checks.ts'
import { expectation, type Finding, toFindings } from './problem.ts'
import { type Config, settings } from './settings.ts'
import { isWithin, type Path, valueAt, withoutValue, withValue } from './tree.ts'

const secretsPath = ['session', 'secrets']
// A section loses a refused value, then itself where that value was required, so few rounds are ever needed.
const mostRounds = 8

/** What is left of `raw` without the values at `paths` and without sections that cannot be without them. */
const soundPart = (raw: unknown, paths: readonly Path[]): Config | undefined => {
  let rest = paths.reduce(withoutValue, raw)
  for (let round = 0; round < mostRounds; round += 1) {
    const secrets = valueAt(rest, secretsPath) ?? ['x'.repeat(16)]
    const parsed = settings.safeParse(withValue(rest, secretsPath, secrets))
    if (parsed.success) return parsed.data
    rest = parsed.error.issues.reduce<unknown>((root, { path }) => {
      const isMissing = valueAt(root, path) === undefined
      return withoutValue(root, isMissing ? path.slice(0, -1) : path)
    }, rest)
  }
  return undefined
}

export type Examined = { readonly config: Config | undefined; readonly findings: readonly Finding[] }

/**
 * Holds `raw` against the table and the checks. `known` are findings already made; nothing more is said about their
 * settings. Checks that involve a refused value are left out. `folder` is where relative files are found.
 */
export const examine = (raw: unknown, folder: string, known: readonly Finding[]): Examined => {
  const parsed = settings.safeParse(raw, { error: expectation })
  if (parsed.success && known.length === 0) {
    return { config: parsed.data, findings: contradictions(parsed.data, folder) }
  }
  const broken = parsed.success ? [] : parsed.error.issues.flatMap((issue) => toFindings(issue, raw))
  const isNews = ({ path }: Finding) => !known.some((each) => isWithin(path, each.path))
  const bad = [...known, ...broken.filter(isNews)]
  const paths = bad.map(({ path }) => path)
  const sound = soundPart(raw, paths)
  const isUntouched = (each: Finding) =>
    [each.path, ...(each.involves ?? [])].every(
      (own) => !paths.some((path) => isWithin(path, own) || isWithin(own, path)),
    )
  const found = sound === undefined ? [] : contradictions(sound, folder)
  return { config: undefined, findings: [...bad, ...found.filter(isUntouched)] }
}
