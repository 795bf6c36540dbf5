// The demo dashboard in a browser: numbers of a real backend, the newest of each at once for whoever comes late.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { demoCluster, demoPages } from '../support/demo.ts'
import { startDemoBackend } from '../support/demo-backend.ts'
import { startNode } from '../support/gateway.ts'
import { waitFor } from '../support/wait.ts'

const patient = { timeout: 20_000 }
const metrics = 6

test('the dashboard shows each number and draws its line; a late page has all of them at once', {
  skip: noBrowser,
}, async (t) => {
  const cluster = await demoCluster(t)
  const node = await startNode(t, cluster)
  const pages = await demoPages(t, cluster, () => [node.port])
  const backend = await startDemoBackend(t, cluster, 'dashboard')
  const browser = await startBrowser(t)
  const page = await browser.open(`${pages.url}/dashboard/?user=alice`)
  const valueOf = (name: string) => page.locator(`[data-metric="${name}"] .value`)
  await valueOf('processors')
    .filter({ hasText: /^\d[\d.,]* %$/ })
    .waitFor(patient)
  assert.equal(await page.locator('.metric').count(), metrics)
  const published = await valueOf('records it has published').textContent()
  await waitFor(async () => (await valueOf('records it has published').textContent()) !== published, {
    timeoutMs: 20_000,
  })
  const line = page.locator('[data-metric="records it has published"] canvas')
  const before = await line.screenshot()
  await waitFor(async () => !before.equals(await line.screenshot()), { timeoutMs: 20_000, everyMs: 200 })

  // Nobody publishes any more; what there is still comes, each key once at least.
  await backend.stop()
  const late = await browser.open(`${pages.url}/dashboard/?user=bob`)
  await late
    .locator('.metric')
    .nth(metrics - 1)
    .waitFor(patient)
  assert.equal(await late.locator('.metric .value').filter({ hasText: /^\d/ }).count(), metrics)
  await browser.picture(page, 'dashboard')
  assert.deepEqual(browser.complaints, [])
})
