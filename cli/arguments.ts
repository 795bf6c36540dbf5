// What commands take as arguments, turned into values; a wrong one is told with what would be right.
import { InvalidArgumentError } from 'commander'
import { toDuration } from '../gateway/config/units.ts'

/** Collects an option that may be given several times. */
export const several = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
]

/** `1h` as milliseconds. */
export const durationArgument = (text: string): number => {
  const milliseconds = toDuration(text)
  if (milliseconds === undefined) throw new InvalidArgumentError('Write a duration such as 30s, 10m or 1h.')
  return milliseconds
}

/** A whole number of at least one. */
export const countArgument = (text: string): number => {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError('Write a whole number of 1 or more.')
  return count
}

/** How an API key may begin. */
export const prefixArgument = (text: string): string => {
  if (!/^[a-z][a-z0-9]{0,15}$/.test(text))
    throw new InvalidArgumentError('Write 1 to 16 of a-z 0-9, a letter first.')
  return text
}

const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const nameAndValue = (text: string): readonly [string, string] => {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write name=value.')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** `name=value` into an object, the value as JSON where it is JSON. */
export const claimArgument = (
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => {
  const [name, value] = nameAndValue(text)
  return { ...before, [name]: asJson(value) }
}

/** `name=value` into an object of texts. */
export const headerArgument = (
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => {
  const [name, value] = nameAndValue(text)
  return { ...before, [name]: value }
}
