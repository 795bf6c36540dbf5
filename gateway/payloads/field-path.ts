// A field of a message by its path, `room` or `author.id`, as text: what a record's key is made of. Pure.
import type { DescField, DescMessage, Message } from '@bufbuild/protobuf'

/** The value as text; undefined where it is not set, or a text that is empty. */
export type ReadField = (message: Message) => string | undefined

type Values = Readonly<Record<string, unknown>>
type Step = (values: unknown) => unknown

/** A sentence where the message has no such field, or none that could be text. Names are as in the schema or as in JSON. */
export function compilePath(desc: DescMessage, names: readonly string[]): ReadField | string {
  const steps: Step[] = []
  let at: DescMessage | undefined = desc
  let last: DescField | undefined
  for (const name of names) {
    const field: DescField | undefined = at?.fields.find(
      (each) => each.name === name || each.jsonName === name,
    )
    if (field === undefined) return `${at?.typeName ?? last?.name ?? ''} has no field ${name}`
    steps.push(stepInto(field))
    last = field
    at = field.fieldKind === 'message' ? field.message : undefined
  }
  if (last?.fieldKind !== 'scalar' && last?.fieldKind !== 'enum')
    return `${names.join('.')} of ${desc.typeName} is neither a text, a number, true or false nor a name`
  const show = last.fieldKind === 'enum' ? nameIn(last) : textOf
  return (message) => show(steps.reduce<unknown>((value, step) => step(value), message))
}

function stepInto({ oneof, localName }: DescField): Step {
  if (oneof === undefined) return (values) => (values as Values | undefined)?.[localName]
  return (values) => {
    const chosen = (values as Values | undefined)?.[oneof.localName] as
      | { case?: string; value?: unknown }
      | undefined
    return chosen?.case === localName ? chosen.value : undefined
  }
}

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : value
  const isText = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
  return isText ? String(value) : undefined
}

const nameIn =
  (field: DescField) =>
  (value: unknown): string | undefined =>
    field.fieldKind === 'enum' && typeof value === 'number'
      ? (field.enum.value[value]?.name ?? String(value))
      : undefined
