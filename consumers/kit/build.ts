// Builds what is published, JavaScript and types, into dist: `npm run kit:build`. Not part of the package.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const dist = join(here, 'dist')

rmSync(dist, { recursive: true, force: true })
execFileSync(join(here, '../../node_modules/.bin/tsc'), ['-p', here, '--outDir', dist], { stdio: 'inherit' })
for (const file of readdirSync(dist).filter((name) => name.endsWith('.d.ts'))) {
  const path = join(dist, file)
  // The compiler rewrites what runs, not what is only declared.
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(from '\.[^']+)\.ts'/g, "$1.js'"))
}
