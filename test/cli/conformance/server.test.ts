// The scripted gateway by hand: what there is, a scenario that is played by whoever connects, and what was seen of it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { type Result, scenarios, startConformance } from '../../../cli/conformance/server.ts'
import { waitFor } from '../../support/wait.ts'

test('a scenario is chosen by path or query, and its result can be asked for', async (t) => {
  const told: Result[] = []
  const gateway = await startConformance(0, true, (result) => told.push(result))
  t.after(() => gateway.stop())
  const at = `127.0.0.1:${gateway.port}`
  const list = (await (await fetch(`http://${at}/`)).json()) as { name: string; level: string }[]
  assert.ok(list.some(({ name, level }) => name === 'resume' && level === 'core'))
  assert.equal((await fetch(`http://${at}/nothing`)).status, 404)
  const ws = new WebSocket(`ws://${at}/hello`, ['openclaw.v1.json'])
  ws.on('error', () => undefined)
  ws.on('open', () => ws.close())
  await waitFor(() => told.length === 1)
  const [result] = (await (await fetch(`http://${at}/results`)).json()) as Result[]
  assert.equal(result?.scenario, 'hello')
  assert.equal(result.ok, false)
  assert.match(result.checks.at(-1)?.detail ?? '', /no hello came before the close/)
})

test('the table of scenarios in the documents is that of the code', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../client/CONFORMANCE.md'), 'utf8')
  const rows = scenarios.map(({ name, level, about }) => `| \`${name}\` | ${level} | ${about} |`)
  assert.deepEqual(text.trimEnd().split('\n').slice(-rows.length), rows)
})
