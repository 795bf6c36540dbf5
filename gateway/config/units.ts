// Durations, sizes and rates as people write them: `25s`, `64KiB`, `20/s`; in memory milliseconds, bytes, and rates as text.
import { z } from 'zod'

type Units = Readonly<Record<string, number>>

const durationUnits: Units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const sizeUnits: Units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

const parse = (text: string, units: Units): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text.trim())
  const unit = match?.[2] === '' ? 1 : units[match?.[2] ?? '?']
  if (!match || unit === undefined) return undefined
  const amount = Math.round(Number(match[1]) * unit)
  return Number.isSafeInteger(amount) ? amount : undefined
}

type Range = { readonly min: number; readonly max: number; readonly says: string }

const quantity = (units: Units, kind: string, expected: string, range: Range) =>
  z
    .union([z.number(), z.string()], { error: expected })
    .transform((given, context) => {
      const amount = parse(String(given), units)
      if (amount !== undefined && amount >= range.min && amount <= range.max) return amount
      const message = amount === undefined ? expected : range.says
      context.addIssue({ code: 'custom', message, input: given })
      return z.NEVER
    })
    .meta({ kind })

// A timer of Node fires at once when it is set for more than 2^31 ms, just under 25 days.
const longest = 24 * 86_400_000
const aDuration = 'expected a duration such as 500ms, 25s, 2m or 1h'

/** A duration of 1 ms to 24 days; a bare number is milliseconds. */
export const duration = quantity(durationUnits, 'duration', aDuration, {
  min: 1,
  max: longest,
  says: 'between 1ms and 24d',
})

/** A duration that may also be zero. */
export const pause = quantity(durationUnits, 'duration', aDuration, {
  min: 0,
  max: longest,
  says: 'between 0 and 24d',
})

/** A size of at least one byte; a bare number is bytes. */
export const size = quantity(sizeUnits, 'size', 'expected a size such as 512B, 64KiB or 8MiB', {
  min: 1,
  max: 1024 ** 4,
  says: 'between 1B and 1024GiB',
})

/** Milliseconds in `text` such as `25s`; undefined where it is no duration. */
export const toDuration = (text: string): number | undefined => parse(text, durationUnits)

const show = (amount: number, units: Units): string => {
  const [unit, worth] =
    Object.entries(units).findLast(([, each]) => amount >= each && amount % each === 0) ??
    Object.entries(units)[0]!
  return `${amount / worth}${unit}`
}

/** Milliseconds as people write them: 25000 is `25s`. */
export const durationText = (milliseconds: number): string => show(milliseconds, durationUnits)

/** Bytes as people write them: 65536 is `64KiB`. */
export const sizeText = (bytes: number): string => show(bytes, sizeUnits)

/** So many in so much time. */
export type Rate = { readonly count: number; readonly windowMs: number }

const longestWindow = 86_400_000
/** Buckets count in parts of a thing as small as one of its window's milliseconds, and must do so exactly. */
const largestProduct = 2 ** 51

const splitRate = (text: string, units: Units): Rate | undefined => {
  const [amount = '', window = '', ...more] = text.split('/').map((each) => each.trim())
  const count = parse(amount, units)
  const windowMs = parse(/^\d/.test(window) ? window : `1${window}`, durationUnits)
  if (more.length > 0 || count === undefined || windowMs === undefined || !/[smhd]$/.test(window))
    return undefined
  return { count, windowMs }
}

const countUnits: Units = {}

const rateOf = (units: Units, show: (amount: number) => string, example: string) => {
  const expected = `expected a rate such as ${example}, or unlimited`
  return z
    .string({ error: expected })
    .transform((given, context) => {
      if (given === 'unlimited') return given
      const found = splitRate(given, units)
      const { count = 0, windowMs = 0 } = found ?? {}
      const fits = windowMs >= 1_000 && windowMs <= longestWindow && count >= 1
      if (fits && windowMs % 1_000 === 0 && count * windowMs <= largestProduct)
        return `${show(count)}/${durationText(windowMs).replace(/^1(?=[smhd]$)/, '')}`
      const says =
        fits && windowMs % 1_000 === 0
          ? 'that is more than can be counted exactly'
          : 'at least 1, over 1s to 24h in whole seconds'
      context.addIssue({ code: 'custom', message: found === undefined ? expected : says, input: given })
      return z.NEVER
    })
    .meta({ kind: 'rate' })
}

/** How often: `20/s`, `100/m`, `500/10s`; or `unlimited`. In memory the same text in one way of writing. */
export const rate = rateOf(countUnits, String, '20/s, 100/m or 500/10s')

/** How many bytes: `64KiB/s`; or `unlimited`. */
export const byteRate = rateOf(sizeUnits, (amount) => sizeText(amount), '64KiB/s or 10MiB/m')

/** A rate that was checked, as numbers; undefined for `unlimited`, or where there is none. */
export const toRate = (text: string | undefined): Rate | undefined =>
  text === undefined || text === 'unlimited'
    ? undefined
    : splitRate(text, text.includes('B') ? sizeUnits : countUnits)
