// The reference of all settings, printed from their table so that it cannot differ from what the loader takes.
import { type Field, fields, pathText } from './fields.ts'
import { durationText, sizeText } from './units.ts'

const valueText = (field: Field, value: unknown): string => {
  if (value === undefined) return ''
  if (field.kind === 'duration') return durationText(Number(value))
  if (field.kind === 'size') return sizeText(Number(value))
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const kindNames = {
  text: 'text',
  number: 'number',
  truth: 'true or false',
  duration: 'duration',
  size: 'size',
  rate: 'rate',
  rule: 'true, false or CEL',
  list: 'list',
} as const

const kindText = (field: Field): string => {
  if (field.kind === 'choice') return field.choices.join(', ')
  if (field.kind !== 'structure') return kindNames[field.kind]
  return fields.some((each) => each.path.length > field.path.length && each.path[field.path.length] === '[]')
    ? 'list of sections'
    : 'sections by name'
}

/** One setting as the reference shows it. */
export type ReferenceEntry = {
  readonly setting: string
  readonly type: string
  /** Empty: there is none. */
  readonly default: string
  readonly required: boolean
  readonly variable: string | undefined
  readonly description: string
}

/** The reference as data, in the order of the table. */
export const referenceEntries = (): readonly ReferenceEntry[] =>
  fields.map((field) => ({
    setting: pathText(field.path),
    type: kindText(field),
    default: valueText(field, field.fallback),
    required: field.required,
    variable: field.variable,
    description: field.about,
  }))

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  const [head = [], ...body] = rows
  return [line(head), rule, ...body.map(line)].join('\n')
}

const introduction = `# Settings

One YAML file (\`openclaw.yaml\`, or the one named by \`--config\` or \`OPENCLAW_CONFIG\`) and environment variables over it.
This page is printed by \`./openclaw print-config --reference\`.

- Durations are written \`500ms\`, \`25s\`, \`2m\`, \`1h\`; a bare number is milliseconds. Sizes are written \`512B\`, \`64KiB\`, \`8MiB\`; a bare number is bytes.
  Rates are written \`20/s\`, \`100/m\`, \`500/10s\`, of bytes \`64KiB/s\`; or \`unlimited\`.
- \`\${env:NAME}\` and \`\${file:PATH}\` inside a value stand for a variable and for the content of a file (found from the folder of the configuration).
- In variables, lists are comma separated (\`OPENCLAW_KAFKA_BROKERS=a:9092,b:9092\`), and sections are YAML or JSON text. An empty variable counts as not set.
- \`*\` stands for a name that you choose, \`[]\` for each entry of a list.
- A file or a variable with a mistake in it is refused as a whole, with every mistake named; nothing starts.
`

/** The whole reference as Markdown, in aligned tables: `docs/configuration.md`. */
export const reference = (): string => {
  const entries = referenceEntries()
  const groups = new Map<string, readonly string[][]>()
  for (const each of entries) {
    const group =
      /^[A-Za-z]+(?=[.[])/.exec(each.setting)?.[0] ??
      (each.variable && each.type.includes('sections') ? each.setting : '')
    const fallback = each.required ? '*required*' : each.default === '' ? '' : `\`${each.default}\``
    const variable = each.variable === undefined ? '' : `\`${each.variable}\``
    const row = [`\`${each.setting}\``, each.type, fallback, variable, each.description]
    groups.set(group, [...(groups.get(group) ?? []), row])
  }
  const heads = ['setting', 'type', 'default', 'variable', 'what it is for']
  const sections = [...groups].map(([group, rows]) => {
    const title = group === '' ? 'General' : group
    return `## ${title}\n\n${table([heads, ...rows])}\n`
  })
  return [introduction, ...sections].join('\n')
}
