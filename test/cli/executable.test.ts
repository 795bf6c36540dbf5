// ./openclaw: finds its clone and a Node that is new enough, or says in one sentence what is missing.
import assert from 'node:assert/strict'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { executable, runCommand } from '../support/command.ts'

const folderFor = (t: TestContext): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'openclaw-clone-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A clone in which nothing is but the executable and, where `installed`, an empty package. */
const cloneFor = (t: TestContext, installed: boolean): string => {
  const folder = folderFor(t)
  copyFileSync(executable, join(folder, 'openclaw'))
  if (installed) mkdirSync(join(folder, 'node_modules/commander'), { recursive: true })
  return folder
}

/** A PATH with a `node` in it that answers --version so, and else prints its arguments. */
const pathWith = (t: TestContext, version: string): string => {
  const folder = folderFor(t)
  const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo "ran $*"; fi\n`
  writeFileSync(join(folder, 'node'), script)
  chmodSync(join(folder, 'node'), 0o755)
  return `${folder}:/usr/bin:/bin`
}

test('it works from any folder and through a link', async (t) => {
  const folder = folderFor(t)
  symlinkSync(executable, join(folder, 'oc'))
  const { code, stdout } = await runCommand(['--version'], { cwd: folder, command: join(folder, 'oc') })
  assert.equal(code, 0)
  assert.match(stdout, /^\d/)
})

test('without its packages it says npm ci', async (t) => {
  const clone = cloneFor(t, false)
  const { code, stderr } = await runCommand([], { command: join(clone, 'openclaw') })
  assert.equal(code, 1)
  assert.equal(
    stderr,
    `openclaw: the packages it needs are not installed; run first: cd ${clone} && npm ci\n`,
  )
})

test('where there is no pinned Node, one from PATH that is new enough runs it', async (t) => {
  const clone = cloneFor(t, true)
  const env = { PATH: pathWith(t, 'v25.1.0') }
  const { code, stdout } = await runCommand(['token', 'al ice'], { command: join(clone, 'openclaw'), env })
  assert.equal(code, 0)
  assert.equal(stdout, `ran ${clone}/cli/main.ts token al ice\n`)
})

test('a Node that is too old is named with what is needed', async (t) => {
  const clone = cloneFor(t, true)
  const env = { PATH: pathWith(t, 'v20.20.2') }
  const { code, stdout, stderr } = await runCommand([], { command: join(clone, 'openclaw'), env })
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /^openclaw: Node 24 or newer is needed and .*\/node is v20\.20\.2; install it from \S+\n$/,
  )
})
