// Secrets in the configuration: by reference only outside development, and never repeated, whatever else is wrong.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Loaded, loadConfig } from '../../../gateway/config/load.ts'
import { problemText } from '../../../gateway/config/problem.ts'

const minimal = 'session: { secrets: ["${file:secret}"] }\nauth: { anonymous: true }\n'

type Given = { readonly yaml?: string; readonly env?: Record<string, string> }

const load = (t: TestContext, { yaml = minimal, env = {} }: Given): Loaded => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-config-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'secret'), '0123456789abcdef')
  writeFileSync(join(folder, 'openclaw.yaml'), yaml)
  return loadConfig({ file: join(folder, 'openclaw.yaml'), env })
}

const problems = (loaded: Loaded): readonly string[] => {
  assert.ok(!loaded.ok, 'the configuration should have been refused')
  return loaded.problems.map(problemText)
}

const good = (loaded: Loaded): void =>
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.problems.map(problemText).join('\n'))

test('a secret in the file is refused outside development, wherever it stands, and not repeated', (t) => {
  const yaml = `auth: { anonymous: true }
session: { secrets: ["${'${file:secret}'}", hunter2hunter2hunter2] }
admin: { token: hunter2hunter2hunter2 }
redis: { url: "redis://me:hunter2@h", sentinel: { name: n, hosts: ["h:1"], password: 12345678 } }
kafka: { sasl: { mechanism: plain, username: u, password: hunter2 } }
`
  const said = problems(load(t, { yaml }))
  const text = 'a secret must not stand in the file; write ${env:NAME} or ${file:PATH} for it'
  const settings = ['session.secrets[1]', 'admin.token', 'redis.url', 'kafka.sasl.password']
  for (const setting of settings)
    assert.ok(
      said.some((each) => each.endsWith(` ${setting}: ${text}`)),
      setting,
    )
  assert.doesNotMatch(said.join('\n'), /hunter2|12345678/)
  const inDevelopment = `development: true\n${minimal.replace('${file:secret}', 'hunter2hunter2hunter2')}`
  good(load(t, { yaml: inDevelopment }))
})

test('a variable over a secret of the file takes its place', (t) => {
  const yaml = 'auth: { anonymous: true }\nsession: { secrets: [hunter2hunter2hunter2] }\n'
  good(load(t, { yaml, env: { OPENCLAW_SESSION_SECRETS: '0123456789abcdef' } }))
})

test('what cannot be read is told without the words of the file', (t) => {
  for (const word of ['*hunter2', '!hunter2', '"\\q hunter2"', '&a [hunter2', "'hunter2", '{ hunter2: [ }']) {
    const yaml = `${minimal}admin:\n  token: ${word}\n`
    const said = problems(load(t, { yaml })).join('\n')
    assert.doesNotMatch(said, /hunter2/, word)
  }
  for (const env of ['OPENCLAW_AUTH_INTROSPECTION', 'OPENCLAW_KAFKA_SASL'])
    assert.doesNotMatch(
      problems(load(t, { env: { [env]: '[{ clientSecret: hunter2' } })).join('\n'),
      /hunter2/,
    )
  const misplaced = `${minimal}kafka: { sasl: hunter2 }\nredis: { sentinel: hunter2 }\n`
  assert.doesNotMatch(problems(load(t, { yaml: misplaced })).join('\n'), /hunter2/)
})
