// The gate of the schemas: they compile, keep their style, break nobody, and what is generated from them is theirs.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { findBase, imageFile } from './base.ts'
import { type Break, breakLines, breaksOf } from './breaks.ts'
import { buf } from './buf.ts'
import { ruleChanges } from './rule-changes.ts'

export type Check = {
  readonly name: string
  readonly outcome: 'ok' | 'failed' | 'skipped'
  /** What was found. */
  readonly lines: readonly string[]
  /** What to do about it, or what one should know. */
  readonly note?: string
}

export type Gate = {
  readonly checks: readonly Check[]
  readonly breaks: readonly Break[]
  /** The image of the schemas as they are now; undefined where they do not compile. */
  readonly image: string | undefined
  /** What they were compared with. */
  readonly base: string | undefined
}

const checked = (name: string, output: string, note: string): Check =>
  output === ''
    ? { name, outcome: 'ok', lines: [] }
    : { name, outcome: 'failed', lines: output.split('\n'), note }

const outputOf = (folder: string, args: readonly string[]): string => {
  const { ok, output } = buf(folder, args)
  return ok ? '' : output || 'buf failed without a word'
}

const filesIn = (folder: string): ReadonlyMap<string, Buffer> => {
  if (!existsSync(folder)) return new Map()
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  return new Map(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [relative(folder, path), readFileSync(path)]),
  )
}

/** Names of generated files that are missing, left over or different; or why there are none. */
function stale(folder: string, image: string, scratch: string): string {
  const made = outputOf(folder, ['generate', '--output', scratch])
  if (made !== '') return made
  const [fresh, committed] = [filesIn(join(scratch, 'gen')), filesIn(join(folder, 'gen'))]
  const name = relative('gen', imageFile)
  const all = new Map([...fresh, [name, readFileSync(image)]])
  return [...new Set([...all.keys(), ...committed.keys()])]
    .filter((each) => !all.get(each)?.equals(committed.get(each) ?? Buffer.alloc(0)))
    .map((each) => join('gen', each))
    .join('\n')
}

function compatible(folder: string, against: string | undefined, scratch: string) {
  const { base, note } = findBase(folder, against, scratch)
  const name = 'breaking changes'
  if (base === undefined)
    return { check: { name, outcome: 'skipped', lines: [], note: note ?? '' } as const, breaks: [], base }
  const breaks = breaksOf(folder, base.input)
  const lines = breaks.flatMap(breakLines)
  const said = note ?? `compared with ${base.name}`
  const check = { name, outcome: breaks.length === 0 ? 'ok' : 'failed', lines, note: said } as const
  return { check, breaks, base }
}

/** Told, but no failure: what a rule asks may have become less. */
function rules(base: string | undefined, image: string): readonly Check[] {
  if (base?.endsWith('.binpb') !== true) return []
  const lines = ruleChanges(readFileSync(base), readFileSync(image))
  const note = 'clients whose payloads kept the rules before may be refused, if these are stricter'
  return lines.length === 0 ? [] : [{ name: 'changed rules', outcome: 'ok', lines, note }]
}

/**
 * Asks everything of the schemas in `folder`. `against` is an image, a folder or a commit; without it, the main branch.
 * `scratch` is an empty folder, which the caller removes. Throws a CliFailure where the question makes no sense.
 */
export function runGate(folder: string, against: string | undefined, scratch: string): Gate {
  mkdirSync(join(scratch, 'gen'), { recursive: true })
  const image = join(scratch, 'image.binpb')
  const built = checked(
    'compile',
    outputOf(folder, ['build', '--exclude-source-info', '-o', image]),
    'protobuf',
  )
  if (built.outcome !== 'ok') return { checks: [built], breaks: [], image: undefined, base: undefined }
  const lint = checked('lint', outputOf(folder, ['lint']), 'the rules are in buf.yaml')
  const formatted = outputOf(folder, ['format', '--diff', '--exit-code'])
  const format = checked('format', formatted, 'run: npm run schemas:format')
  const { check, breaks, base } = compatible(folder, against, scratch)
  const generated = existsSync(join(folder, 'buf.gen.yaml'))
    ? [checked('generated code', stale(folder, image, scratch), 'run: npm run schemas:gen, and commit gen/')]
    : []
  return {
    checks: [built, lint, format, check, ...rules(base?.input, image), ...generated],
    breaks,
    image,
    base: base?.name,
  }
}
