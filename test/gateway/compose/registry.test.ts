// A node that cannot be made leaves its connection to Redis closed: it would keep the process for ever.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createGateway } from '../../../gateway/compose/gateway.ts'
import { withRegistry } from '../../../gateway/compose/registry.ts'
import { loadConfig } from '../../../gateway/config/load.ts'
import type { Registry } from '../../../gateway/registry/ports.ts'
import { createAuthority, writeCertificate } from '../../support/certificates.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'

const connections = (): number =>
  process.getActiveResourcesInfo().filter((what) => what === 'TCPSocketWrap').length

test('a node that cannot be made leaves nothing open', async (t) => {
  const { redisUrl } = await testStack()
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-unmade-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { cert, key } = writeCertificate(folder, 'node', createAuthority())
  const loaded = loadConfig({
    env: {},
    overrides: {
      development: true,
      log: { level: 'silent' },
      listen: { tls: { cert, key } },
      redis: { url: redisUrl },
      session: { secrets: ['a secret of this test'] },
    },
  })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  const before = connections()
  // Between the check of the configuration and the start somebody has changed the file.
  writeFileSync(cert, 'no certificate')
  await assert.rejects(createGateway(loaded.config))
  await waitFor(() => connections() <= before)

  const opened: Registry[] = []
  await assert.rejects(
    withRegistry(loaded.config, { registryFailed: () => undefined }, (registry) => {
      opened.push(registry)
      throw new Error('not made')
    }),
    /not made/,
  )
  assert.equal(opened[0]?.available, false)
})
