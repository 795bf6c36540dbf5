// Durations and sizes as people write them: `25s`, `2m`, `64KiB`; in memory milliseconds and bytes.
import { z } from 'zod'

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const sizeUnits: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

const quantity = (units: Readonly<Record<string, number>>, what: string, example: string) =>
  z.union([z.number(), z.string()]).transform((given, context) => {
    const match = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(String(given).trim())
    const unit = match?.[2] === '' ? 1 : units[match?.[2] ?? '?']
    if (!match || unit === undefined) {
      context.addIssue({ code: 'custom', message: `expected ${what} such as ${example}, got "${given}"` })
      return z.NEVER
    }
    return Math.round(Number(match[1]) * unit)
  })

/** A duration; a bare number is milliseconds. */
export const duration = quantity(durationUnits, 'a duration', '500ms, 25s, 2m or 1h')

/** A size; a bare number is bytes. */
export const size = quantity(sizeUnits, 'a size', '512B, 64KiB or 8MiB')
