// Checks the schemas: style, format, that main's readers can still read them, and that the generated code is theirs.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const schemas = join(root, 'schemas')
const scratch = mkdtempSync(join(tmpdir(), 'openclaw-schemas-'))
const tools = join(root, 'node_modules', '.bin')

const run = (command: string, args: readonly string[], cwd: string) => {
  const env = { ...process.env, PATH: `${tools}${delimiter}${process.env.PATH ?? ''}` }
  const options = { cwd, env, timeout: 60_000, encoding: 'utf8' } as const
  const { status, stdout, stderr, error } = spawnSync(command, args, options)
  const output = [stdout, stderr, error?.message].filter(Boolean).join('\n').trim()
  return { ok: status === 0, output }
}

/** Puts the schemas of the main branch into a folder; undefined if there are none, or no main. */
const schemasOfMain = (): string | undefined => {
  const ref = ['main', 'origin/main'].find(
    (name) => run('git', ['cat-file', '-e', `${name}:schemas/buf.yaml`], root).ok,
  )
  if (ref === undefined) return undefined
  const folder = join(scratch, 'main')
  const archive = join(scratch, 'main.tar')
  mkdirSync(folder)
  const made =
    run('git', ['archive', `--output=${archive}`, ref, 'schemas'], root).ok &&
    run('tar', ['-xf', archive, '-C', folder], root).ok
  return made ? join(folder, 'schemas') : undefined
}

const filesIn = (folder: string): ReadonlyMap<string, string> => {
  if (!existsSync(folder)) return new Map()
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]))
}

/** Names of generated files that are missing, left over or different. */
const staleFiles = (): string => {
  const generated = run('buf', ['generate', '--output', scratch], schemas)
  if (!generated.ok) return generated.output
  const image = ['build', '--exclude-source-info', '-o', join(scratch, 'gen', 'image.binpb')]
  const built = run('buf', image, schemas)
  if (!built.ok) return built.output
  const [fresh, committed] = [filesIn(join(scratch, 'gen')), filesIn(join(schemas, 'gen'))]
  const names = new Set([...fresh.keys(), ...committed.keys()])
  return [...names].filter((name) => fresh.get(name) !== committed.get(name)).join('\n')
}

let failed = false
const report = (name: string, ok: boolean, output: string, hint: string) => {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`)
  if (ok) return
  failed = true
  console.log(`${output}\n     ${hint}`)
}

try {
  const lint = run('buf', ['lint'], schemas)
  report('schemas: lint', lint.ok, lint.output, 'the rules are in schemas/buf.yaml')
  const format = run('buf', ['format', '--diff', '--exit-code'], schemas)
  report('schemas: format', format.ok, format.output, 'run `buf format --write` in schemas/')
  const main = schemasOfMain()
  if (main === undefined)
    console.log('skip schemas: breaking changes (the main branch has no schemas to compare with)')
  else {
    const breaking = run('buf', ['breaking', '--against', main], schemas)
    report(
      'schemas: breaking changes',
      breaking.ok,
      breaking.output,
      'add a field or a message in place of changing one',
    )
  }
  const stale = staleFiles()
  report('schemas: generated code', stale === '', stale, 'run `npm run schemas:gen` and commit schemas/gen')
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0
