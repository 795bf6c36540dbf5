// The target of a feed as the configuration writes it, `channel:ticker:{key}`, and what each record makes of it. Pure.
import { headerOf } from '../delivery/headers.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import { formatTarget, parseTarget, type Target } from '../delivery/targets.ts'
import { nameProblem } from './pattern.ts'

export type FeedTemplate = {
  readonly kind: Target['kind']
  /** The target of a record with this value, or a sentence that says why it has none. */
  render(record: IncomingRecord, value: Buffer): Target | string
  /** Whether some record might be for this channel. */
  fits(channel: string): boolean
}

/** What a variable is in one record; undefined where it is nothing that can stand in a name. */
type Variable = (record: IncomingRecord, json: () => unknown) => string | undefined

const kinds: readonly string[] = ['session', 'user', 'channel', 'everyone'] satisfies Target['kind'][]
const part = /\{([^{}]*)\}|([^{}]+)|[{}]/g
const longest = 256

const isKind = (text: string): text is Target['kind'] => kinds.includes(text)

/** A sentence where it can never be a target. */
export function compileTemplate(text: string): FeedTemplate | string {
  const colon = text.indexOf(':')
  const kind = colon < 0 ? text : text.slice(0, colon)
  if (!isKind(kind))
    return `"${text}" is no target; one begins with session:, user: or channel:, or is everyone`
  if (kind === 'everyone') return text === kind ? everyone : '"everyone" has nothing behind it'
  const parts: (string | Variable)[] = []
  for (const [whole, name, literal] of text.slice(colon + 1).matchAll(part)) {
    if (name === undefined && literal === undefined) return `"${text}": a ${whole} without its other half`
    const found = literal ?? variableOf(name ?? '')
    if (found === undefined)
      return `"${text}": {${name}} is none of {key}, {header:<name>} and {value.<field>}`
    parts.push(found)
  }
  if (parts.length === 0) return `"${text}": ${kind}: needs a name behind it`
  const known = new RegExp(
    `^${parts.map((each) => (typeof each === 'string' ? RegExp.escape(each) : '.+')).join('')}$`,
    'su',
  )
  return {
    kind,
    render: (record, value) => render(kind, parts, record, value),
    fits: (channel) => kind === 'channel' && known.test(channel),
  }
}

const everyone: FeedTemplate = {
  kind: 'everyone',
  render: () => ({ kind: 'everyone' }),
  fits: () => false,
}

function variableOf(name: string): Variable | undefined {
  if (name === 'key') return (record) => record.key?.toString() || undefined
  if (/^header:.+$/s.test(name)) return (record) => headerOf(record, name.slice(7)) || undefined
  const fields = /^value((?:\.[^.]+)+)$/s.exec(name)?.[1]?.slice(1).split('.')
  return fields && ((_, json) => textOf(fields.reduce(fieldOf, json())))
}

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, field)
    ? (value as Readonly<Record<string, unknown>>)[field]
    : undefined

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value || undefined
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

function render(
  kind: Exclude<Target['kind'], 'everyone'>,
  parts: readonly (string | Variable)[],
  record: IncomingRecord,
  value: Buffer,
): Target | string {
  let read: { json: unknown } | undefined
  const json = (): unknown => (read ??= { json: parse(value) }).json
  let name = ''
  for (const each of parts) {
    const text = typeof each === 'string' ? each : each(record, json)
    if (text === undefined) return 'a part of its target is missing'
    name += text
  }
  const problem = nameProblem(name, longest)
  if (problem !== undefined) return `it names no target: ${problem}`
  const target = { kind, [kind]: name } as unknown as Target
  return parseTarget(formatTarget(target)) === undefined ? `${name.slice(0, 64)} is no ${kind}` : target
}

function parse(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString())
  } catch {
    return undefined
  }
}
