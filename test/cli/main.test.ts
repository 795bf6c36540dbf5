// The command line as a whole: it teaches, it suggests, and its exit codes can be relied on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'

const commands = ['dev', 'start', 'check-config', 'print-config', 'topics', 'token', 'send', 'listen']

test('--help names every command and a first walk', async () => {
  const { code, stdout } = await runCommand(['--help'])
  assert.equal(code, 0)
  for (const command of commands) assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'))
  assert.match(stdout, /A first walk:/)
})

for (const command of commands) {
  test(`${command} --help teaches with examples`, async () => {
    const { code, stdout } = await runCommand([command, '--help'])
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`^Usage: openclaw ${command}`))
    assert.match(stdout, /Examples:\n {2}/)
  })
}

test('a mistyped command is met with a suggestion and exit code 2', async () => {
  const { code, stdout, stderr } = await runCommand(['toekn'])
  assert.equal(code, 2)
  assert.equal(stdout, '')
  assert.equal(stderr, "openclaw: unknown command 'toekn'\n(Did you mean token?)\n")
})

test('wrong arguments are one sentence and exit code 2', async () => {
  const calls = [
    ['token'],
    ['token', 'alice', '--ttl', 'soon'],
    ['token', 'alice', '--claim', 'rooms'],
    ['send', 'user:alice'],
    ['send', 'alice', 'hello'],
    ['listen', '--count', 'none'],
    ['listen', '--url', 'http://x'],
    ['check-config', '--nothing'],
  ]
  for (const { code, stderr } of await Promise.all(calls.map((args) => runCommand(args)))) {
    assert.equal(code, 2, stderr)
    assert.match(stderr, /^openclaw: [^\n]+\n(\(Did you mean [^\n]+\n)?$/)
  }
})

test('a failure is a sentence without a stack trace; with DEBUG it has one', async () => {
  const args = ['print-config', '--config', '/nowhere.yaml']
  const plain = await runCommand(args)
  assert.equal(plain.code, 1)
  assert.equal(plain.stdout, '')
  assert.doesNotMatch(plain.stderr, /^\s+at /m)
  assert.match(plain.stderr, /\/nowhere\.yaml: there is no such file/)
  assert.match((await runCommand(args, { env: { DEBUG: '1' } })).stderr, /^\s+at /m)
})

test('--version is the version of the package', async () => {
  assert.match((await runCommand(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
})
