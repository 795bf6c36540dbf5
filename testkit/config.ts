// The configuration of a test gateway: what a test says, and what it need not say.
import { loadConfig, type Overrides } from '../gateway/config/load.ts'
import type { Config } from '../gateway/config/settings.ts'
import { audience, issuer } from './tokens.ts'

const base = (jwksFile: string): Overrides => ({
  cluster: 'test',
  log: { level: 'silent' },
  listen: { host: '127.0.0.1', port: 0 },
  admin: { host: '127.0.0.1', port: 0 },
  session: { secrets: ['of tests with the test kit only'] },
  auth: { jwt: [{ issuer, audience, jwksFile, tenantClaim: 'tenant' }] },
  delivery: { slots: 4, leaseTtl: 2_000 },
  drain: { spread: 0, timeout: 50 },
  topics: { replication: 1 },
})

/** Throws with every problem that the settings have. */
export function testConfig(jwksFile: string, given: Overrides = {}): Config {
  const loaded = loadConfig({ env: {}, overrides: merge(base(jwksFile), given) as Overrides })
  if (loaded.ok) return loaded.config
  throw new Error(
    loaded.problems.map(({ path, where, message }) => `${path || where}: ${message}`).join('\n'),
  )
}

const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function merge(under: unknown, over: unknown): unknown {
  if (!isSection(under) || !isSection(over)) return over === undefined ? under : over
  const names = new Set([...Object.keys(under), ...Object.keys(over)])
  return Object.fromEntries([...names].map((name) => [name, merge(under[name], over[name])]))
}
