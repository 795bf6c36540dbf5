// effectiveSettings: what is in force and where it came from, with nothing secret in it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { effectiveSettings } from '../../../gateway/config/effective.ts'
import { loadConfig } from '../../../gateway/config/load.ts'

test('secrets and credentials are hidden, units are as people write them, sources are named', () => {
  const loaded = loadConfig({
    env: {
      OPENCLAW_SESSION_SECRETS: 'a-very-secret-word',
      OPENCLAW_REDIS_URL: 'redis://me:a-very-secret-word@h:1',
    },
    overrides: { auth: { anonymous: true }, heartbeat: '10s', routes: { echo: { topic: 'echo.in' } } },
  })
  assert.ok(loaded.ok)
  const all = effectiveSettings(loaded.config, loaded.sources)
  assert.equal(JSON.stringify(all).includes('a-very-secret-word'), false)
  const of = (setting: string) => all.find((each) => each.setting === setting)
  assert.deepEqual(of('redis.url'), {
    setting: 'redis.url',
    value: 'redis://***@h:1',
    source: 'OPENCLAW_REDIS_URL',
  })
  assert.deepEqual(of('session.secrets')?.value, ['***'])
  assert.deepEqual(of('heartbeat'), { setting: 'heartbeat', value: '10s', source: 'overrides' })
  assert.deepEqual(of('limits.frame'), { setting: 'limits.frame', value: '64KiB', source: 'default' })
  assert.equal(of('routes.echo.topic')?.source, 'overrides')
  assert.equal(of('routes.echo.key')?.source, 'default')
})
