// openclaw print-config: what is in force and why, never a secret; and the reference.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'

const cwd = join(import.meta.dirname, '../..')
const env = {
  OPENCLAW_SECRET: 'not-to-be-printed-1',
  OPENCLAW_REDIS_URL: 'redis://u:not-to-be-printed-2@h:1',
}

test('values that are no defaults say where they came from, and nothing secret is shown', async () => {
  const { code, stdout } = await runCommand(['print-config'], { cwd, env })
  assert.equal(code, 0)
  assert.match(stdout, /^redis\.url: redis:\/\/\*\*\*@h:1 +# OPENCLAW_REDIS_URL$/m)
  assert.match(stdout, /^routes\.echo\.topic: echo\.in +# openclaw\.yaml:\d+:\d+$/m)
  assert.match(stdout, /^heartbeat: 25s$/m)
  assert.equal(stdout.includes('not-to-be-printed'), false)
})

test('--json is the same for programs', async () => {
  const { stdout } = await runCommand(['print-config', '--json'], { cwd, env })
  const all = JSON.parse(stdout) as { setting: string; value: unknown; source: string }[]
  assert.deepEqual(all.find(({ setting }) => setting === 'session.secrets')?.value, ['***'])
  assert.equal(stdout.includes('not-to-be-printed'), false)
})

test('--reference lists every setting, as Markdown or JSON', async () => {
  const [markdown, json] = await Promise.all([
    runCommand(['print-config', '--reference']),
    runCommand(['print-config', '--reference', '--json']),
  ])
  const entries = JSON.parse(json.stdout) as { setting: string; variable?: string }[]
  assert.ok(entries.length > 50)
  for (const { setting } of entries) assert.ok(markdown.stdout.includes(`\`${setting}\``), setting)
})
