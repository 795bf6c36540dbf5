// Builds what is published and what a gateway serves in development: `npm run client:build`. Not part of the package.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BuildOptions, build } from 'esbuild'

const here = import.meta.dirname
const root = join(here, '..')
const dist = join(here, 'dist')

const common: BuildOptions = {
  entryPoints: [join(here, 'index.ts')],
  bundle: true,
  format: 'esm',
  target: 'es2024',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'warning',
}

/** One module that needs nothing else, for `GET /openclaw.js`. */
async function buildModule(out: string): Promise<void> {
  await build({ ...common, outfile: join(out, 'openclaw.js'), sourcemap: 'inline' })
}

/** The package: what is not always needed in files of its own, and the types. */
async function buildPackage(out: string): Promise<void> {
  await build({
    ...common,
    outdir: out,
    splitting: true,
    minify: true,
    sourcemap: true,
    chunkNames: '[name]-[hash]',
  })
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-types-'))
  try {
    const tsc = join(root, 'node_modules/.bin/tsc')
    const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', folder]
    execFileSync(tsc, ['-p', here, ...options], { stdio: 'inherit' })
    const types = join(out, 'types')
    cpSync(join(folder, 'client'), types, { recursive: true })
    // It is reached by no type that programs use, and would need the runtime of protobuf.
    for (const file of ['wire/proto.d.ts', 'build.d.ts']) rmSync(join(types, file), { force: true })
    for (const file of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.d.ts')) continue
      const path = join(types, file)
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replaceAll(/(from '|import\(')(\.[^']+)\.ts'/g, "$1$2.js'"),
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const { values } = parseArgs({
  options: { 'module-only': { type: 'boolean', default: false }, out: { type: 'string', default: dist } },
})
if (!values['module-only']) rmSync(values.out, { recursive: true, force: true })
await buildModule(values.out)
if (!values['module-only']) await buildPackage(values.out)
