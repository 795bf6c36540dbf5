// The demo of text written together, in browsers: windows that write at once have the same text in the end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { demoCluster, demoPages } from '../support/demo.ts'
import { startNode } from '../support/gateway.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'
import { waitFor } from '../support/wait.ts'

const patient = { timeout: 20_000 }

/** A port at which nobody listens. */
const nowhere = 1

const area = (page: Page) => page.getByLabel('Text', { exact: true })
const shows = (page: Page, expected: string) =>
  waitFor(async () => (await area(page).inputValue()) === expected, {
    timeoutMs: 20_000,
    everyMs: 50,
    describe: `a window that shows ${expected}`,
  })

test('two windows that write at once converge, and whoever comes later has all of it', {
  skip: noBrowser,
}, async (t) => {
  const cluster = await demoCluster(t)
  const node = await startNode(t, cluster)
  const proxy = await tcpProxy(t, node.port)
  const pages = await demoPages(t, cluster, () => [proxy.port])
  const browser = await startBrowser(t)
  const open = async (user: string) => {
    const page = await browser.open(`${pages.url}/collab/?user=${user}&every=5`)
    await page.locator('html[data-ready]').waitFor(patient)
    return page
  }
  const [alice, bob] = await Promise.all([open('alice'), open('bob')])
  await area(alice).fill('Shopping\n- bread\n')
  await shows(bob, 'Shopping\n- bread\n')

  // Both write in the same text at the same time; bob's cursor stays at his own words.
  await area(alice).press('Control+Home')
  await area(bob).press('Control+End')
  await Promise.all([
    area(alice).pressSequentially("Alice's list: "),
    area(bob).pressSequentially('- jam & 🍎\n- tea'),
  ])
  const both = "Alice's list: Shopping\n- bread\n- jam & 🍎\n- tea"
  await shows(alice, both)
  await shows(bob, both)
  await alice.getByText('bob in line 4').waitFor(patient)
  await alice.getByText('all of it is in Kafka').waitFor(patient)

  // What is written without a connection is there when it is back, beside what others wrote meanwhile.
  proxy.failOver(nowhere)
  proxy.cutOld()
  for (const page of [alice, bob])
    await page.locator('html[data-state=waiting], html[data-state=connecting]').waitFor(patient)
  await area(bob).press('Control+End')
  await area(bob).pressSequentially('!')
  await area(alice).press('Control+Home')
  await area(alice).pressSequentially('# ')
  assert.equal(await area(bob).inputValue(), `${both}!`)
  await alice.getByText('on its way…').waitFor(patient)
  proxy.failOver(node.port)
  await shows(alice, `# ${both}!`)
  await shows(bob, `# ${both}!`)
  await browser.picture(alice, 'collab-alice')
  await browser.picture(bob, 'collab-bob')

  const updates = await cluster.kafka.read(cluster.topicOf('collab.updates'))
  await waitFor(() => updates.some(({ headers }) => headers['ce_type'] === 'openclaw.channel.snapshot'), {
    timeoutMs: 20_000,
    describe: 'a snapshot',
  })
  await Promise.all([alice.close(), bob.close()])
  const late = await open('carol')
  await shows(late, `# ${both}!`)
  // The browser itself says that it could not connect.
  const unexpected = browser.complaints.filter((line) => !/WebSocket connection to|net::ERR_/.test(line))
  assert.deepEqual(unexpected, [])
})

test('a window that was away for too long reads anew and says anew what it has, once', {
  skip: noBrowser,
}, async (t) => {
  const cluster = await demoCluster(t)
  const pages = await demoPages(t, cluster, () => [nowhere])
  const browser = await startBrowser(t)
  const page = await browser.open(`${pages.url}/`)
  const told = await page.evaluate(
    async (modules) => {
      const [{ share }, { Doc }] = await Promise.all(modules.map((path) => import(path)))
      const log: string[] = []
      const listeners: Record<string, () => void> = {}
      const subscription = {
        ready: Promise.resolve(),
        on: (event: string, listener: () => void) => Object.assign(listeners, { [event]: listener }),
        close: () => log.push('close'),
      }
      const client = {
        publish: async (_target: unknown, _payload: unknown, { type }: { type: string }) => log.push(type),
        subscribe: () => {
          log.push('subscribe')
          return subscription
        },
      }
      await share(client, new Doc(), 'collab:x', { every: 5, onSaved() {}, onError() {} })
      for (const event of ['subscribed', 'gap', 'subscribed', 'gap', 'subscribed', 'gap'])
        listeners[event]?.()
      return log
    },
    ['/collab/sync.js', '/yjs.js'],
  )
  assert.deepEqual(told, ['subscribe', 'close', 'subscribe', 'snapshot'])
})
