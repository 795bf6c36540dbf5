// The demo ticker in a browser: a page that is slow misses prices, is told how many, and that is how many it misses.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { demoCluster, demoPages } from '../support/demo.ts'
import { startDemoBackend } from '../support/demo-backend.ts'
import { startNode } from '../support/gateway.ts'
import { waitFor } from '../support/wait.ts'

const patient = { timeoutMs: 60_000, everyMs: 250 }

const numberOf = async (page: Page, id: string): Promise<number> =>
  Number(((await page.locator(`#${id}`).textContent()) ?? '').replaceAll(/[^\d]/g, ''))

test('a page that is slowed down is told of every price that it misses', { skip: noBrowser }, async (t) => {
  const cluster = await demoCluster(t)
  const node = await startNode(t, cluster)
  const pages = await demoPages(t, cluster, () => [node.port])
  await startDemoBackend(t, cluster, 'ticker')
  const browser = await startBrowser(t)
  const page = await browser.open(`${pages.url}/ticker/?user=alice`)
  await waitFor(async () => (await numberOf(page, 'received')) > 200, patient)
  assert.equal(await numberOf(page, 'missing'), 0)

  await page.getByLabel('Prices a second').selectOption('2000')
  // Until buffers are full that are the network's: then the gateway lets the oldest go.
  const button = page.getByRole('button', { name: 'Slow me down' })
  while ((await numberOf(page, 'dropped')) === 0) {
    await button.click({ timeout: 60_000 })
    await button.and(page.locator(':enabled')).waitFor({ timeout: 60_000 })
    const before = await numberOf(page, 'received')
    await waitFor(async () => (await numberOf(page, 'received')) > before + 1_000, patient)
  }
  await browser.picture(page, 'ticker-slow')
  await page.getByLabel('Prices a second').selectOption('none')
  // Once nothing waits any more, what it was told of is what it misses.
  await waitFor(async () => (await numberOf(page, 'per-second')) === 0, patient)
  const [dropped, missing] = [await numberOf(page, 'dropped'), await numberOf(page, 'missing')]
  t.diagnostic(`${await numberOf(page, 'received')} received, ${dropped} dropped`)
  assert.equal(missing, dropped)
  assert.deepEqual(browser.complaints, [])
})
