// The package: it needs nothing, is as small as its README says, and its types are good for a program that uses it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { temporaryFolder } from '../support/folders.ts'
import { readSources } from '../support/source.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

const program = `
import { type Client, createClient, RefusedError } from '@openclaw/client'
const client: Client = createClient({ url: 'ws://127.0.0.1:1/', token: async () => 'token', codec: 'proto' })
client.on('state', ({ state, error }) => console.log(state, error?.fix))
export async function use(): Promise<number> {
  const { offset } = await client.publish('route', { a: 1 })
  for await (const { payload, time } of client.subscribe('room:1', { last: 3 })) console.log(payload, time.getTime())
  for await (const { more } of client.requestStream('route', 1)) console.log(more, RefusedError)
  return offset.length
}
`

test('nothing in it is of Node, and only the protobuf codec uses a library', () => {
  const own = readSources().filter(({ path }) => path.startsWith('client/') && path !== 'client/build.ts')
  assert.ok(own.length > 20)
  const foreign = own.flatMap(({ path, imports }) =>
    imports.filter(({ ours }) => !ours).map(({ target }) => `${path} imports ${target}`),
  )
  assert.deepEqual(foreign, ['client/wire/proto.ts imports @bufbuild/protobuf'])
})

test('it builds, a program finds its types and runs, and it is small', async (t) => {
  const folder = temporaryFolder(t)
  const installed = join(folder, 'node_modules/@openclaw/client')
  mkdirSync(installed, { recursive: true })
  const dist = join(installed, 'dist')
  await run(process.execPath, [join(root, 'client/build.ts'), '--out', dist])
  cpSync(join(root, 'client/package.json'), join(installed, 'package.json'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'program.ts'), program)
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'esnext',
    '--lib',
    'esnext,dom',
  ]
  const tsc = join(root, 'node_modules/.bin/tsc')
  await run(tsc, [...options, '--skipLibCheck', 'false', '--types', '', 'program.ts'], { cwd: folder })
  const used = await run(process.execPath, ['program.ts'], { cwd: folder })
  assert.equal(used.stderr, '')

  const size = (match: (file: string) => boolean) =>
    readdirSync(dist)
      .filter((file) => file.endsWith('.js') && file !== 'openclaw.js' && match(file))
      .reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length, 0)
  const core = size((file) => !file.startsWith('proto') && !file.startsWith('shared'))
  // In pieces it is a little more than the 11.7 kB that README.md says of one file.
  assert.ok(core < 13_500, `the core is ${core} bytes, gzipped`)
})
