// Reads our own source files and what they import, for the test of the architecture.
import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

export type Import = {
  /** A file of ours as a path from the root, or a package, or `node:…`. */
  readonly target: string
  /** Whether it is a file of ours. */
  readonly ours: boolean
  /** Whether only types are taken, so that nothing is loaded at run time. */
  readonly typesOnly: boolean
}

export type SourceFile = {
  /** From the root, with `/`. */
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly imports: readonly Import[]
}

const root = join(import.meta.dirname, '..', '..')
const generated = 'schemas/gen/'

/** Every TypeScript file of ours except generated ones. */
export function readSources(): SourceFile[] {
  return globSync('{gateway,schemas,consumers,client,cli,load,testkit,test,examples}/**/*.ts', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.startsWith(generated) && !/(?:^|\/)(?:node_modules|dist)\//.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, lines: text.trimEnd().split('\n').length, imports: importsOf(path, text) }
    })
}

const statement =
  /^(?:import|export)\s+(type\s+)?([\w$]+\s*,?\s*)?(\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)?\s*from\s+['"]([^'"]+)['"]/gm
const sideEffect = /^import\s+['"]([^'"]+)['"]/gm
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g

/** What a file imports or passes on. Statements inside of template strings at the start of a line would be taken, too. */
export function importsOf(path: string, text: string): Import[] {
  const found: Import[] = []
  for (const [, type, whole, names = '', target = ''] of text.matchAll(statement)) {
    found.push(toImport(path, target, type !== undefined || (whole === undefined && takesOnlyTypes(names))))
  }
  for (const pattern of [sideEffect, dynamic]) {
    for (const [, target = ''] of text.matchAll(pattern)) found.push(toImport(path, target, false))
  }
  return found
}

function takesOnlyTypes(names: string): boolean {
  const each = names
    .replace(/[{}]/g, '')
    .split(',')
    .map((name) => name.trim())
  const named = each.filter((name) => name !== '')
  return named.length > 0 && named.every((name) => name.startsWith('type '))
}

function toImport(path: string, target: string, typesOnly: boolean): Import {
  if (target.startsWith('#schemas/')) {
    return { target: target.replace('#schemas/', `${generated}openclaw/v1/`), ours: true, typesOnly }
  }
  if (target.startsWith('#messages/')) {
    return { target: target.replace('#messages/', generated), ours: true, typesOnly }
  }
  if (target.startsWith('.')) {
    return { target: posix.join(posix.dirname(path), target), ours: true, typesOnly }
  }
  return { target: packageOf(target), ours: false, typesOnly }
}

/** "@bufbuild/protobuf/wire" belongs to "@bufbuild/protobuf". */
function packageOf(target: string): string {
  if (target.startsWith('node:')) return target
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Each import cycle once, as the files along it, the first one repeated at the end. */
export function findCycles(sources: readonly SourceFile[]): string[][] {
  const byPath = new Map(sources.map((file) => [file.path, file]))
  const state = new Map<string, 'open' | 'done'>()
  const trail: string[] = []
  const cycles: string[][] = []
  const visit = (path: string) => {
    state.set(path, 'open')
    trail.push(path)
    for (const { target, ours } of byPath.get(path)?.imports ?? []) {
      if (!ours || !byPath.has(target)) continue
      if (state.get(target) === 'open') cycles.push([...trail.slice(trail.indexOf(target)), target])
      else if (!state.has(target)) visit(target)
    }
    trail.pop()
    state.set(path, 'done')
  }
  for (const { path } of sources) if (!state.has(path)) visit(path)
  return cycles
}
