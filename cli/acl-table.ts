// Rights at Kafka as a table in Markdown: what `openclaw acl` prints, and what docs/security.md shows.
import type { KafkaRight } from '../gateway/compose/kafka-acl.ts'

const heads = ['who', 'resource', 'name', 'operations', 'what for'] as const

export const kafkaTable = (rights: readonly KafkaRight[]): string => {
  const rows = rights.map(({ role, resource, name, prefixed, operations, why }) => [
    role,
    resource,
    `\`${name}${prefixed ? '*' : ''}\``,
    operations.join(', '),
    why,
  ])
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [line(heads), rule, ...rows.map(line)].join('\n')
}
