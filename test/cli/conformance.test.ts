// openclaw conformance: the SDK passes all of it, the Python example its core, and a client that does nothing fails.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { pythonWith } from '../support/tools.ts'

const root = join(import.meta.dirname, '../..')
const timeoutMs = 110_000

test('the SDK passes every scenario', { timeout: timeoutMs }, async () => {
  const program = join(root, 'examples/conformance/client.ts')
  const command = `'${process.execPath}' '${program}' '{url}' 2>/dev/null`
  const { code, stdout } = await runCommand(['conformance', '--jobs', '6', '--client-command', command])
  assert.equal(code, 0, stdout)
  assert.match(stdout, /all \d\d scenarios passed/)
})

test('the Python example passes the core', { timeout: timeoutMs }, async () => {
  const python = await pythonWith(['websockets==15.0.1', 'protobuf==6.33.1'])
  const command = `'${python}' '${join(root, 'examples/python/client.py')}' '{url}' 2>/dev/null`
  const given = ['conformance', '--level', 'core', '--jobs', '6', '--client-command', command]
  const { code, stdout } = await runCommand(given)
  assert.equal(code, 0, stdout)
})

test('a client that never comes fails, and the exit code says so', async () => {
  const given = ['conformance', '--scenario', 'hello', '--client-command', 'true {url}']
  const { code, stdout, stderr } = await runCommand(given)
  assert.equal(code, 1)
  assert.match(stdout, /FAILED hello\n +not so: it went to its end \(no connection came/)
  assert.match(stderr, /1 of 1 scenarios failed/)
})

test('a scenario or a level that is none is an error of the call', async () => {
  for (const given of [
    ['--scenario', 'nothing'],
    ['--level', 'some'],
  ])
    assert.equal((await runCommand(['conformance', ...given])).code, 2)
})
