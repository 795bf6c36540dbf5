// Where the time of a Node process went: the functions of its CPU profiles that took most of it themselves.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** As much of a .cpuprofile as is used here. */
type Profile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[]
}

const root = join(import.meta.dirname, '..')

const placeOf = (url: string, line: number): string => {
  if (url === '') return ''
  const path = url.startsWith('file:') ? fileURLToPath(url).replace(`${root}/`, '') : url
  return ` ${path}:${line + 1}`
}

/** Share of the time that it was not idle, by function, the greatest first. */
export const topOf = (profile: Profile): readonly { readonly what: string; readonly share: number }[] => {
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'}${placeOf(url, lineNumber)}`,
    ]),
  )
  const times = new Map<string, number>()
  let busy = 0
  for (const [n, sample] of profile.samples.entries()) {
    const what = names.get(sample) ?? ''
    const time = profile.timeDeltas[n] ?? 0
    if (what === '(idle)') continue
    busy += time
    times.set(what, (times.get(what) ?? 0) + time)
  }
  const all = [...times].map(([what, time]) => ({ what, share: time / busy }))
  return all.toSorted((a, b) => b.share - a.share)
}

/** The first `count` functions of each profile in a folder that was written after `since` (ms since the epoch), as text. */
export const tellProfiles = (folder: string, count: number, since: number): string =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile') && statSync(join(folder, name)).mtimeMs >= since)
    .map((name) => {
      const top = topOf(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile).slice(0, count)
      const lines = top.map(({ what, share }) => `${(share * 100).toFixed(1).padStart(6)} %  ${what}`)
      return [join(folder, name), ...lines].join('\n')
    })
    .join('\n')
