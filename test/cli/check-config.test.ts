// openclaw check-config: all mistakes at once with their lines, exit code 1; nothing to say is exit code 0.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runCommand } from '../support/command.ts'

const folderWith = (t: TestContext, yaml: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-check-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'openclaw.yaml'), yaml)
  return folder
}

test('the configuration of the project is good in a fresh clone, whatever the folder', async (t) => {
  const here = await runCommand(['check-config'], { cwd: join(import.meta.dirname, '../..') })
  assert.equal(here.stderr, '')
  assert.equal(here.stdout, 'openclaw.yaml is good\n')
  const elsewhere = mkdtempSync(join(tmpdir(), 'openclaw-empty-'))
  t.after(() => rmSync(elsewhere, { recursive: true, force: true }))
  assert.equal((await runCommand(['check-config'], { cwd: elsewhere })).code, 0)
})

test('mistakes of the file of this folder and of variables are named together', async (t) => {
  const cwd = folderWith(
    t,
    'development: true\nsession: { secrets: ["${env:OPENCLAW_SECRET}"] }\nlissten: {}\nheartbeat: never\n',
  )
  const { code, stdout, stderr } = await runCommand(['check-config'], {
    cwd,
    env: { OPENCLAW_LISTN_PORT: '1' },
  })
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.deepEqual(stderr.trimEnd().split('\n'), [
    'OPENCLAW_LISTN_PORT: no setting has this variable; did you mean OPENCLAW_LISTEN_PORT?',
    'openclaw.yaml:3:1 lissten: there is no such setting; did you mean listen?',
    'openclaw.yaml:4:1 heartbeat: got "never"; expected a duration such as 500ms, 25s, 2m or 1h',
  ])
})

test('outside development no secret is made up', async (t) => {
  const cwd = folderWith(t, 'session: { secrets: ["${env:OPENCLAW_SECRET}"] }\nauth: { anonymous: true }\n')
  const { code, stderr } = await runCommand(['check-config'], { cwd })
  assert.equal(code, 1)
  assert.equal(stderr, 'openclaw.yaml:1:22 session.secrets[0]: the variable OPENCLAW_SECRET is not set\n')
})

test('--config and OPENCLAW_CONFIG name another file', async (t) => {
  const folder = folderWith(
    t,
    'development: true\nsession: { secrets: ["0123456789abcdef"] }\nauth: { anonymous: true }\n',
  )
  const file = join(folder, 'openclaw.yaml')
  assert.equal((await runCommand(['check-config', '--config', file])).code, 0)
  assert.equal((await runCommand(['check-config'], { env: { OPENCLAW_CONFIG: file } })).code, 0)
  assert.equal((await runCommand(['check-config', '-c', '/nowhere.yaml'])).code, 1)
})
