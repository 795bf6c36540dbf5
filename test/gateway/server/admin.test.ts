// What operators ask: alive, ready and why not, metrics.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAdminServer, type Readiness } from '../../../gateway/server/admin.ts'
import { listen } from '../../../gateway/server/http.ts'

async function ask(
  t: TestContext,
  path: string,
  options: {
    readiness?: Readiness
    method?: string
    broken?: true
    token?: string
    shown?: string
  } = {},
) {
  const server = createAdminServer({
    readiness: () => options.readiness ?? { ready: true, reasons: [], degraded: [] },
    details: () => ({ slot: 3 }),
    metrics: () => (options.broken ? Promise.reject(new Error('a bug')) : Promise.resolve('metric 1\n')),
    metricsType: 'text/plain; version=0.0.4',
    token: options.token,
  })
  const port = await listen(server, '127.0.0.1', 0, 'UNUSED')
  t.after(() => server.close().closeAllConnections())
  const headers: Record<string, string> = options.shown === undefined ? {} : { authorization: options.shown }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: options.method ?? 'GET',
    headers,
  })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

test('a process that answers is alive, whether or not it is ready', async (t) => {
  const unready = { ready: false, reasons: [{ code: 'no-slot', message: 'm' }], degraded: [] }
  assert.equal((await ask(t, '/livez', { readiness: unready })).status, 200)
})

test('readiness is its status, and its reasons its body', async (t) => {
  assert.deepEqual(JSON.parse((await ask(t, '/readyz')).text), { ready: true, reasons: [], degraded: [] })
  const readiness = { ready: false, reasons: [{ code: 'no-slot', message: 'm' }], degraded: [] }
  const { status, text } = await ask(t, '/readyz', { readiness })
  assert.deepEqual([status, JSON.parse(text)], [503, readiness])
})

test('asked deeply it says more', async (t) => {
  for (const path of ['/readyz?deep', '/readyz?deep=1&x']) {
    assert.equal((JSON.parse((await ask(t, path)).text) as { slot: number }).slot, 3)
  }
  assert.doesNotMatch((await ask(t, '/readyz?shallow')).text, /slot/)
})

test('metrics are what the registry says, in its type', async (t) => {
  const { status, type, text } = await ask(t, '/metrics')
  assert.deepEqual([status, type, text], [200, 'text/plain; version=0.0.4', 'metric 1\n'])
  assert.equal((await ask(t, '/metrics', { broken: true })).status, 500)
})

test('another path is not found and named with those there are; another method is not allowed', async (t) => {
  const { status, text } = await ask(t, '/')
  assert.equal(status, 404)
  assert.match(text, /\/readyz/)
  assert.equal((await ask(t, '/livez', { method: 'DELETE' })).status, 405)
})

test('with a token, whoever does not show it learns whether all is well and nothing else', async (t) => {
  const token = 'correct-horse-battery'
  const shown = [undefined, '', 'Bearer', 'Bearer wrong', `Basic ${token}`, token, `Bearer ${token}x`]
  for (const path of ['/metrics', '/readyz?deep', '/readyz?deep=1', '/', '/console', '//metrics']) {
    for (const each of shown) {
      const asked = await ask(t, path, { token, ...(each === undefined ? {} : { shown: each }) })
      assert.deepEqual([asked.status, asked.text], [401, '{"code":"unauthenticated"}\n'], `${path} ${each}`)
    }
  }
  const readiness = { ready: false, reasons: [{ code: 'no-slot', message: 'm' }], degraded: [] }
  const probe = await ask(t, '/readyz', { token, readiness })
  assert.deepEqual([probe.status, probe.text], [503, '{"ready":false}\n'])
  assert.equal((await ask(t, '/livez', { token })).status, 200)
})

test('with a token, whoever shows it is told everything', async (t) => {
  const token = 'correct-horse-battery'
  for (const shown of [`Bearer ${token}`, `bearer  ${token}`]) {
    assert.equal((await ask(t, '/metrics', { token, shown })).text, 'metric 1\n')
    assert.match((await ask(t, '/readyz?deep', { token, shown })).text, /"slot":3/)
  }
})
