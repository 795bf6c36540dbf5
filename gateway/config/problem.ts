// What is wrong with a configuration: where, which setting, and what would be right.
import type { z } from 'zod'
import { closest } from './closest.ts'
import { fieldAt, fields, keysAt, pathText } from './fields.ts'
import { type Path, valueAt } from './tree.ts'

export type Problem = {
  /** `openclaw.yaml:12:3`, or the name of a variable. */
  readonly where: string
  /** The setting as people write it; empty for the file as a whole. */
  readonly path: string
  readonly message: string
}

/** A problem as one line. */
export const problemText = ({ where, path, message }: Problem): string =>
  path === '' ? `${where}: ${message}` : `${where} ${path}: ${message}`

/** A finding about a setting, before it is known where in the file that stands. */
export type Finding = {
  readonly path: Path
  readonly message: string
  /** Other settings that take part in a contradiction. */
  readonly involves?: readonly Path[]
}

/** Takes user and password out of a URL. */
export const withoutCredentials = (text: string): string => text.replace(/(:\/\/)[^/?#\s]*@/g, '$1***@')

const show = (value: unknown): string => {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value !== 'string') return typeof value === 'object' ? 'a section' : JSON.stringify(value)
  const text = withoutCredentials(value)
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

type Bound = {
  readonly minimum?: number | bigint | undefined
  readonly maximum?: number | bigint | undefined
  readonly origin: string
}

const bound = ({ minimum, maximum, origin }: Bound): string => {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : ''
  return minimum === undefined ? `at most ${maximum}${unit}` : `at least ${minimum}${unit}`
}

const expectations: Readonly<Record<string, string>> = {
  number: 'expected a number',
  int: 'expected a whole number',
  string: 'expected text',
  boolean: 'expected true or false',
  array: 'expected a list',
  object: 'expected a section',
  record: 'expected a section of names',
}

/** Words for a broken rule that the table of settings gives no message for. */
export const expectation = (issue: z.core.$ZodRawIssue): string => {
  if (issue.code === 'invalid_type') return expectations[issue.expected] ?? `expected ${issue.expected}`
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_small' || issue.code === 'too_big') return bound(issue)
  return 'not a value this setting takes'
}

const unknownKey = (path: Path, key: string): Finding => {
  const near = closest(key, keysAt(path))
  const elsewhere = fields.find((field) => field.path.at(-1) === key && field.variable !== undefined)
  const hint = near ?? (elsewhere ? pathText(elsewhere.path) : undefined)
  return {
    path: [...path, key],
    message: `there is no such setting${hint === undefined ? '' : `; did you mean ${hint}?`}`,
  }
}

/** Whether a secret is there or below: whoever wrote a text where a section belongs may have written one. */
const mayHoldSecret = (path: Path): boolean => {
  if (fieldAt(path)?.secret) return true
  const plain = path.map((key) => (typeof key === 'number' ? '[]' : String(key)))
  return fields.some(
    (field) =>
      field.secret &&
      field.path.length > plain.length &&
      plain.every((key, at) => field.path[at] === '*' || field.path[at] === key),
  )
}

/** Each thing the table of settings has against `raw`; a secret's value is not repeated. */
export const toFindings = (issue: z.core.$ZodIssue, raw: unknown): readonly Finding[] => {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key))
  const value = valueAt(raw, issue.path)
  if (issue.code === 'invalid_key') {
    const rule = issue.issues[0]?.message ?? issue.message
    return [{ path: issue.path, message: `the name is not allowed; ${rule}` }]
  }
  if (value === undefined) return [{ path: issue.path, message: 'is required' }]
  const isRuleOfSection = typeof value === 'object' && issue.code === 'custom'
  if (isRuleOfSection || mayHoldSecret(issue.path)) return [{ path: issue.path, message: issue.message }]
  return [{ path: issue.path, message: `got ${show(value)}; ${issue.message}` }]
}
