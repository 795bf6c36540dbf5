// docs/security.md: eighteen lines of the checklist, each with tests that are there, and rights as they are printed.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { kafkaTable } from '../../cli/acl-table.ts'
import { kafkaRights } from '../../gateway/compose/kafka-acl.ts'
import { redisRights } from '../../gateway/compose/redis-acl.ts'
import { loadConfig } from '../../gateway/config/load.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/security.md'), 'utf8')

test('each line of the checklist names tests, and every one of them is there', () => {
  const rows = page.split('\n').filter((line) => /^\| \d+ \|/.test(line))
  assert.deepEqual(
    rows.map((row) => Number(row.split('|')[1])),
    Array.from({ length: 18 }, (_, at) => at + 1),
  )
  for (const row of rows) {
    const files = [...row.matchAll(/\]\(\.\.\/(test\/[^)]+\.test\.ts)\)/g)].map(([, file = '']) => file)
    assert.ok(files.length > 0, row)
    for (const file of files) assert.ok(existsSync(join(root, file)), file)
  }
})

test('every other link leads somewhere', () => {
  for (const [, to = ''] of page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
    assert.ok(existsSync(join(root, 'docs', to)), to)
})

test('the rights are those that openclaw acl prints for one route', () => {
  const loaded = loadConfig({
    env: {},
    overrides: {
      session: { secrets: ['a secret of the tests'] },
      auth: { anonymous: true, apiKeys: { enabled: true } },
      routes: { echo: { topic: 'echo.in' } },
    },
  })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  const { config } = loaded
  const table = kafkaTable(kafkaRights(config))
  assert.ok(page.includes(table), `docs/security.md should show these rights:\n${table}`)
  const rights = redisRights(config).join(' ')
  assert.ok(page.includes(rights), 'put the last line of ./openclaw acl into docs/security.md')
  const registry = readFileSync(join(root, 'schemas/REGISTRY.md'), 'utf8')
  assert.ok(registry.includes(rights), 'put the last line of ./openclaw acl into schemas/REGISTRY.md')
})
