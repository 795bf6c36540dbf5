// Whether messages that are in use can still be read when another set of descriptors takes the place of this one. Pure.
import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'

type Numbered = { readonly start: number; readonly end: number }

/** The first thing that would break, as a sentence; undefined where nothing would. */
export function breakIn(
  before: readonly DescMessage[],
  find: (name: string) => DescMessage | undefined,
): string | undefined {
  const seen = new Set<string>()
  const left = [...before]
  for (let old = left.pop(); old !== undefined; old = left.pop()) {
    if (seen.has(old.typeName)) continue
    seen.add(old.typeName)
    const now = find(old.typeName)
    if (now === undefined) return `the message ${old.typeName} is gone`
    for (const field of old.fields) {
      const trouble = fieldBreak(field, now)
      if (trouble !== undefined) return trouble
      if (field.message !== undefined) left.push(field.message)
    }
  }
  return undefined
}

function fieldBreak(field: DescField, now: DescMessage): string | undefined {
  const named = `the field ${field.parent.typeName}.${field.name}`
  const same = now.fields.find(({ number }) => number === field.number)
  if (same === undefined) {
    const isGiven = within(now.proto.reservedRange, field.number)
    return isGiven ? undefined : `${named} is gone; reserve its number ${field.number} and its name`
  }
  if (kindOf(same) !== kindOf(field)) return `${named} was ${kindOf(field)} and is ${kindOf(same)}`
  if (same.jsonName !== field.jsonName)
    return `${named} is ${same.jsonName} in JSON and was ${field.jsonName}`
  return field.enum === undefined || same.enum === undefined ? undefined : enumBreak(field.enum, same.enum)
}

/** The end of a range of an enum is in it. */
function enumBreak(before: DescEnum, now: DescEnum): string | undefined {
  for (const { number, name } of before.values) {
    const same = now.values.filter((each) => each.number === number)
    if (same.some((each) => each.name === name)) continue
    const [renamed] = same
    if (renamed !== undefined) return `${name} of ${before.typeName} is called ${renamed.name} now`
    const reserved = now.proto.reservedRange.some(({ start, end }) => number >= start && number <= end)
    if (!reserved) return `${name} of ${before.typeName} is gone; reserve its number and its name`
  }
  return undefined
}

const within = (ranges: readonly Numbered[], number: number): boolean =>
  ranges.some(({ start, end }) => number >= start && number < end)

/** What bytes and JSON of a field look like, by name. */
function kindOf(field: DescField): string {
  const one = field.message?.typeName ?? field.enum?.typeName ?? scalarName(field.scalar)
  if (field.fieldKind === 'map') return `a map of ${scalarName(field.mapKey)} and ${one}`
  return field.fieldKind === 'list' ? `a list of ${one}` : one
}

const scalarName = (scalar: ScalarType | undefined): string =>
  scalar === undefined ? '' : ScalarType[scalar].toLowerCase()
