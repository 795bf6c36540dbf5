// Variables over the file: OPENCLAW_LISTEN_PORT sets listen.port, and a mistyped variable is a problem, not silence.
import { parseDocument } from 'yaml'
import { closest } from './closest.ts'
import { plainOf } from './document.ts'
import { type Field, fields, type Kind } from './fields.ts'
import type { Problem } from './problem.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A value that a variable gives to a setting. */
export type Overlay = { readonly path: readonly string[]; readonly value: unknown; readonly variable: string }

/** Variables that begin like settings but belong to the development stack, the command line or the tests. */
const others = [
  'OPENCLAW_CONFIG',
  'OPENCLAW_SECRET',
  'OPENCLAW_KAFKA_PORT',
  'OPENCLAW_REDIS_PORT',
  'OPENCLAW_PAGES_PORT',
  'OPENCLAW_CACHE',
] as const
// The echo consumer runs in the same environment as the gateway of the development stack.
const otherBeginnings = ['OPENCLAW_TEST_', 'OPENCLAW_ECHO_'] as const
const isOther = (name: string) =>
  others.some((each) => each === name) || otherBeginnings.some((each) => name.startsWith(each))

export const variables: ReadonlyMap<string, Field> = new Map(
  fields.flatMap((field) => (field.variable === undefined ? [] : [[field.variable, field] as const])),
)

/** Text as the kind of a setting wants it; text that does not fit stays as it is, for the table to refuse. */
export const fromText = (kind: Kind, text: string): unknown => {
  if (kind === 'number') return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text
  if (kind === 'truth' || kind === 'rule') return text === 'true' ? true : text === 'false' ? false : text
  if (kind === 'list') {
    return text
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '')
  }
  if (kind !== 'structure') return text
  const document = parseDocument(text, { logLevel: 'silent' })
  return document.errors.length > 0 ? text : (plainOf(document).value ?? text)
}

/** Settings given by variables; an empty variable counts as none. `referenced` are names the file reads with ${env:…}. */
export const readEnvironment = (
  env: Environment,
  referenced: ReadonlySet<string>,
): { readonly overlays: readonly Overlay[]; readonly problems: readonly Problem[] } => {
  const overlays: Overlay[] = []
  const problems: Problem[] = []
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('OPENCLAW_') || text === undefined || text === '') continue
    const field = variables.get(variable)
    if (field) overlays.push({ path: field.path, value: fromText(field.kind, text), variable })
    else if (!isOther(variable) && !referenced.has(variable)) {
      const near = closest(variable, [...variables.keys(), ...others])
      const hint = near === undefined ? '' : `; did you mean ${near}?`
      problems.push({ where: variable, path: '', message: `no setting has this variable${hint}` })
    }
  }
  // `true` for a whole section comes before what another variable sets in it.
  return { overlays: overlays.toSorted((a, b) => a.path.length - b.path.length), problems }
}
