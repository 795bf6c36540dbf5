// The health check of the image: it asks the admin listener beside it, with TLS or without, and needs no token.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { listenerTls } from '../../gateway/config/tls-settings.ts'
import { createAdminServer } from '../../gateway/server/admin.ts'
import { Certificates } from '../../gateway/server/certificates.ts'
import { listen } from '../../gateway/server/http.ts'
import { createAuthority, writeCertificate } from '../support/certificates.ts'
import { onEnd } from '../support/cleanup.ts'
import { runCommand } from '../support/command.ts'

const healthy = join(import.meta.dirname, '../../cli/healthy.ts')

async function check(t: TestContext, ready: boolean, certificates?: Certificates) {
  const admin = createAdminServer({
    readiness: () => ({ ready, reasons: [], degraded: [] }),
    details: () => ({}),
    metrics: () => Promise.resolve(''),
    metricsType: 'text/plain',
    token: 'a-token-of-the-tests',
    certificates,
  })
  const port = await listen(admin, '127.0.0.1', 0, 'UNUSED')
  onEnd(t, () => admin.close().closeAllConnections())
  return runCommand([healthy], { command: process.execPath, env: { OPENCLAW_ADMIN_PORT: String(port) } })
}

for (const secure of [false, true]) {
  test(`it says what the gateway says, ${secure ? 'over TLS' : 'without TLS'}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-healthy-'))
    onEnd(t, () => rmSync(folder, { recursive: true, force: true }))
    const files = writeCertificate(folder, 'admin', createAuthority().issue({ subject: { CN: 'admin' } }))
    const quiet = { tlsLoaded: () => {}, tlsNotLoaded: () => {}, tlsFailed: () => {} }
    const certificates = () =>
      secure ? new Certificates('admin', listenerTls.parse(files), quiet) : undefined
    assert.equal((await check(t, true, certificates())).code, 0)
    const unready = await check(t, false, certificates())
    assert.deepEqual([unready.code, unready.stdout.trim()], [1, '{"ready":false}'])
  })
}

test('where nothing listens it says so', async () => {
  const { code, stdout } = await runCommand([healthy], {
    command: process.execPath,
    env: { OPENCLAW_ADMIN_PORT: '1' },
  })
  assert.deepEqual([code, stdout], [1, 'nothing answers on port 1\n'])
})
