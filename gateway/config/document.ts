// The configuration file as YAML: its plain values, and the line and column of every setting in it.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Finding, Problem } from './problem.ts'
import type { Path } from './tree.ts'

export type ConfigDocument = {
  /** Plain values; an empty section where the file could not be read. */
  readonly raw: Record<string, unknown>
  readonly problems: readonly Problem[]
  /** `file:line:column` of the setting, or of the nearest section around it. */
  where(path: Path): string
  /** The findings in the order in which their settings stand in the file. */
  inOrder(findings: readonly Finding[]): readonly Finding[]
}

/** The first line of what the parser says, without the words of the file that some of it ends with: they may be a secret. */
const withoutContent = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/: .*$/s, '').replace(/\S*(["'`]).*\1/s, '…')

/** Plain values of a document; a trouble where an alias leads nowhere or too many of them stand in it. */
export const plainOf = (document: Document): { readonly value?: unknown; readonly trouble?: string } => {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) }
  } catch (failure) {
    return { trouble: failure instanceof Error ? failure.message : 'an alias cannot be followed' }
  }
}

/** Where the key (or the place in a list) stands, as far down the path as the document goes. */
const offsetOf = (document: Document, path: Path): number => {
  let node: unknown = document.contents
  let offset = 0
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document)
    const pair = isMap(node)
      ? node.items.find(({ key: each }) => isScalar(each) && String(each.value) === String(key))
      : undefined
    const next: unknown = pair
      ? pair.key
      : isSeq(node) && typeof key === 'number'
        ? node.items[key]
        : undefined
    const range = (next as { range?: readonly number[] } | undefined)?.range
    if (next === undefined || range?.[0] === undefined) return offset
    offset = range[0]
    node = pair ? pair.value : next
  }
  return offset
}

/** Reads YAML. `name` is how the file is called in problems. */
export const readDocument = (text: string, name: string): ConfigDocument => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  }
  const problems: Problem[] = [...document.errors, ...document.warnings].map((each) => ({
    where: at(each.pos[0]),
    path: '',
    message: `not readable as YAML: ${withoutContent(each.message)}`,
  }))
  const plain = problems.length === 0 ? plainOf(document) : { value: {} }
  if (plain.trouble !== undefined) {
    problems.push({
      where: at(0),
      path: '',
      message: `not readable as YAML: ${withoutContent(plain.trouble)}`,
    })
  }
  const read = plain.value
  const isSection = typeof read === 'object' && read !== null && !Array.isArray(read)
  if (!isSection && read !== null && read !== undefined) {
    problems.push({ where: at(0), path: '', message: 'the file must be a list of settings, `name: value`' })
  }
  return {
    raw: isSection ? (read as Record<string, unknown>) : {},
    problems,
    where: (path) => at(offsetOf(document, path)),
    inOrder: (findings) =>
      findings.toSorted((a, b) => offsetOf(document, a.path) - offsetOf(document, b.path)),
  }
}
