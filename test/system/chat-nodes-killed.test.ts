// The demo chat in two browser windows while both gateways are killed in turn: every message on both screens, once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { allHeard, say } from '../support/chat-page.ts'
import { onEnd } from '../support/cleanup.ts'
import { demoCluster, demoPages } from '../support/demo.ts'
import { type NodeProcess, startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

const patient = { timeoutMs: 60_000, everyMs: 50 }

/** Which node each window is connected to is not known; killing both in turn hits each of them. */
test('nothing is lost and nothing doubled on two screens while two nodes are killed in turn', {
  skip: noBrowser,
}, async (t) => {
  const cluster = await demoCluster(t, { slots: 8 })
  const nodes: NodeProcess[] = [await startProcess(t, cluster), await startProcess(t, cluster)]
  const pages = await demoPages(t, cluster, () => nodes.map(({ port }) => port))
  const browser = await startBrowser(t)
  const alice = await browser.open(`${pages.url}/chat/?user=alice`)
  const bob = await browser.open(`${pages.url}/chat/?user=bob`)
  const windows = [alice, bob]
  const isConnected = (page: Page) => page.locator('html[data-state=open]').count()
  const bothConnected = async () => (await Promise.all(windows.map(isConnected))).every((count) => count > 0)
  await waitFor(bothConnected, patient)

  const said: string[] = []
  const writing = new AbortController()
  onEnd(t, () => writing.abort())
  const write = async (page: Page, who: string) => {
    for (let n = 1; !writing.signal.aborted; n += 1) {
      const text = `${who} ${n}`
      await say(page, text)
      said.push(text)
      await page.waitForTimeout(100)
    }
  }
  const writers = Promise.all([write(alice, 'alice'), write(bob, 'bob')])
  writers.catch(() => {})
  const fewestHeard = async () =>
    Math.min(...(await Promise.all(windows.map(allHeard))).map((all) => all.length))

  let drops = 0
  for (const window of windows) {
    window.on('websocket', () => {
      drops += 1
    })
  }
  for (const _ of [1, 2]) {
    const enough = (await fewestHeard()) + 20
    await waitFor(async () => (await fewestHeard()) >= enough, patient)
    const dead = nodes.shift()
    dead?.signal('SIGKILL')
    await dead?.exited
    // What is written now has no gateway, or the other one.
    await waitFor(bothConnected, patient)
    nodes.push(await startProcess(t, cluster))
  }
  const enough = (await fewestHeard()) + 20
  await waitFor(async () => (await fewestHeard()) >= enough, patient)
  writing.abort()
  await writers
  await waitFor(async () => (await fewestHeard()) >= said.length, {
    ...patient,
    describe: () => `${said.length} messages on both screens`,
  })
  const [onAlices = [], onBobs = []] = await Promise.all(windows.map(allHeard))
  await browser.picture(bob, 'chat-after-kills')
  assert.deepEqual(onAlices.toSorted(), said.toSorted())
  assert.deepEqual(onBobs, onAlices)
  assert.ok(drops >= 2, `each window lost its connection, but there were ${drops} new ones`)
  t.diagnostic(`${said.length} messages, ${drops} new connections`)
})
