// developmentKey: made once, the same for everyone who asks at the same time, its public half beside it.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { developmentKey, jwksFileOf } from '../../cli/development-key.ts'

const homeFor = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-home-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, '.openclaw')
}

test('those who ask at once get one key, and nothing else is left behind', async (t) => {
  const home = homeFor(t)
  const keys = await Promise.all(Array.from({ length: 8 }, () => developmentKey(home)))
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, 1)
  assert.deepEqual(readdirSync(home).toSorted(), ['jwks.json', 'key.json'])
  assert.equal(statSync(home).mode & 0o777, 0o700)
  assert.deepEqual(await developmentKey(home), keys[0])
})

test('the key file for the gateway follows the key and holds no private half', async (t) => {
  const home = homeFor(t)
  const { kid } = await developmentKey(home)
  writeFileSync(jwksFileOf(home), '{"keys":[]}')
  await developmentKey(home)
  const { keys } = JSON.parse(readFileSync(jwksFileOf(home), 'utf8')) as { keys: Record<string, string>[] }
  assert.deepEqual(
    keys.map((key) => key.kid),
    [kid],
  )
  assert.equal(
    keys.some((key) => 'd' in key),
    false,
  )
})
