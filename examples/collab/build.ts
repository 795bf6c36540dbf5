// Bundles yjs into one module for `GET /yjs.js`: `node examples/collab/build.ts <folder>`.
import { join } from 'node:path'
import { build } from 'esbuild'

const [folder = join(import.meta.dirname, '../../client/dist')] = process.argv.slice(2)

await build({
  stdin: { contents: `export * from 'yjs'`, resolveDir: import.meta.dirname },
  bundle: true,
  format: 'esm',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  outfile: join(folder, 'yjs.js'),
})
