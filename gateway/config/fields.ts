// The table of settings read as data: path, kind, default, variable and purpose of each. Loader and reference share it.
import { z } from 'zod'
import { settings } from './settings.ts'

/** How the text of a variable becomes a value: `list` is comma separated, `structure` is written as YAML or JSON. */
export type Kind =
  | 'text'
  | 'number'
  | 'truth'
  | 'duration'
  | 'size'
  | 'rate'
  | 'rule'
  | 'choice'
  | 'list'
  | 'structure'

export type Field = {
  /** Keys from the root; `*` stands for a name of one's own, `[]` for a place in a list. */
  readonly path: readonly string[]
  readonly kind: Kind
  readonly choices: readonly string[]
  /** Undefined where there is none, or the setting is required. */
  readonly fallback: unknown
  readonly required: boolean
  readonly secret: boolean
  /** A path, found from the folder of the configuration. */
  readonly file: boolean
  readonly about: string
  /** The environment variable; undefined for settings inside a map or a list of sections. */
  readonly variable: string | undefined
}

type Unwrapped = {
  inner: z.ZodType
  about: string
  fallback: unknown
  required: boolean
  secret: boolean
  file: boolean
  /** A section that may also be written as `true`. */
  section: boolean
}

const unwrap = (schema: z.ZodType): Unwrapped => {
  const meta = schema.meta() ?? {}
  const about = typeof meta.description === 'string' ? meta.description : ''
  const secret = meta.secret === true
  const file = meta.file === true
  if (schema instanceof z.ZodPipe && schema.def.in instanceof z.ZodTransform)
    return { ...unwrap(schema.def.out as z.ZodType), section: true }
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    const within = unwrap(schema.def.innerType as z.ZodType)
    const fallback = schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined
    return {
      ...within,
      about: about || within.about,
      fallback,
      required: false,
      secret: secret || within.secret,
      file: file || within.file,
    }
  }
  return { inner: schema, about, fallback: undefined, required: true, secret, file, section: false }
}

const kindOf = (schema: z.ZodType): Kind => {
  const kind = schema.meta()?.kind
  if (kind === 'duration' || kind === 'size' || kind === 'rate' || kind === 'rule') return kind
  if (schema instanceof z.ZodNumber) return 'number'
  if (schema instanceof z.ZodBoolean) return 'truth'
  if (schema instanceof z.ZodEnum) return 'choice'
  if (schema instanceof z.ZodRecord) return 'structure'
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodObject ? 'structure' : 'list'
  return 'text'
}

/** `listen.maxConnections` is set by OPENCLAW_LISTEN_MAX_CONNECTIONS. */
const variableOf = (path: readonly string[]): string =>
  `OPENCLAW_${path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')}`

/** `spared`: in a section that need not be there, so that nothing in it is required. */
const walk = (schema: z.ZodType, path: readonly string[], spared = false): readonly Field[] => {
  const { inner, section, ...rest } = unwrap(schema)
  const kind = section ? 'truth' : kindOf(inner)
  const own = path.includes('*') || path.includes('[]')
  const choices = inner instanceof z.ZodEnum ? inner.options.map(String) : []
  const variable = own ? undefined : variableOf(path)
  const field: Field = { path, kind, choices, ...rest, required: rest.required && !spared, variable }
  if (inner instanceof z.ZodObject) {
    const within = spared || schema instanceof z.ZodOptional
    const entries = Object.entries(inner.shape)
    const inside = entries.flatMap(([key, each]) => walk(each as z.ZodType, [...path, key], within))
    return section ? [field, ...inside] : inside
  }
  if (kind !== 'structure') return [field]
  if (inner instanceof z.ZodRecord) return [field, ...walk(inner.valueType as z.ZodType, [...path, '*'])]
  if (inner instanceof z.ZodArray) return [field, ...walk(inner.element as z.ZodType, [...path, '[]'])]
  return [field]
}

/** Every setting, in the order of the table. */
export const fields: readonly Field[] = walk(settings, [])

/** The setting at a real path, in which names and places stand for `*` and `[]`; an item of a plain list is its list's. */
export const fieldAt = (path: readonly PropertyKey[]): Field | undefined => {
  const plain = path.map((key) => (typeof key === 'number' ? '[]' : String(key)))
  const fits = (field: Field, length: number) =>
    field.path.length === length && field.path.every((key, at) => key === '*' || key === plain[at])
  const last = plain.at(-1) === '[]' ? plain.length - 1 : -1
  return fields.find((field) => fits(field, plain.length) || (fits(field, last) && field.kind === 'list'))
}

/** The keys that may stand in the section at a real path. */
export const keysAt = (path: readonly PropertyKey[]): readonly string[] => {
  const plain = path.map((key) => (typeof key === 'number' ? '[]' : String(key)))
  const inside = fields.filter(
    (field) =>
      field.path.length > plain.length &&
      plain.every((key, at) => field.path[at] === '*' || field.path[at] === key),
  )
  return [...new Set(inside.map((field) => field.path[plain.length] ?? ''))]
}

/** A path as people write it: `auth.jwt[0].issuer`. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((key, at) =>
      typeof key === 'number' || key === '[]'
        ? `[${key === '[]' ? '' : String(key)}]`
        : `${at === 0 ? '' : '.'}${String(key)}`,
    )
    .join('')
