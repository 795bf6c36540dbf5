// Reads what the documents say in their headings, tables and examples.
import { readFileSync } from 'node:fs'

export type Section = { readonly title: string; readonly level: number; readonly body: string }

export const readDocument = (name: string): string =>
  readFileSync(new URL(`../../schemas/${name}`, import.meta.url), 'utf8')

/** The parts between headings, in order; a part does not contain those below it. */
export const sectionsOf = (markdown: string): readonly Section[] =>
  markdown
    .split(/^(?=#{1,4} )/m)
    .filter((part) => part.startsWith('#'))
    .map((part) => {
      const [heading = '', ...lines] = part.split('\n')
      const level = heading.indexOf(' ')
      return { title: heading.slice(level + 1).trim(), level, body: lines.join('\n') }
    })

/** Rows of the first table with these columns, as cells without their backticks; the heading row is left out. */
export const tableOf = (markdown: string, columns: readonly string[]): readonly (readonly string[])[] => {
  const lines = markdown.split('\n')
  const start = lines.indexOf(`| ${columns.join(' | ')} |`)
  if (start < 0) throw new Error(`no table with the columns ${columns.join(', ')}`)
  const rest = lines.slice(start + 2)
  const end = rest.findIndex((line) => !line.startsWith('|'))
  return rest.slice(0, end < 0 ? undefined : end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

/** The lines of every fenced block in this language. */
export const linesIn = (markdown: string, language: string): readonly string[] =>
  [...markdown.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].flatMap(([, block = '']) =>
    block.split('\n').filter((line) => line !== ''),
  )
