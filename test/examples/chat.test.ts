// The demo chat in a browser: two users in two windows, on a real gateway and a real Kafka.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { allHeard, heard, say } from '../support/chat-page.ts'
import { demoCluster, demoPages } from '../support/demo.ts'
import { startNode } from '../support/gateway.ts'

const patient = { timeout: 20_000 }

test('alice and bob chat, see who is there, who types and who has read it', {
  skip: noBrowser,
}, async (t) => {
  const cluster = await demoCluster(t)
  const node = await startNode(t, cluster)
  const pages = await demoPages(t, cluster, () => [node.port])
  const browser = await startBrowser(t)
  const [alice, bob] = await Promise.all([
    browser.open(`${pages.url}/chat/?user=alice`),
    browser.open(`${pages.url}/chat/?user=bob`),
  ])
  await alice.locator('#members li', { hasText: 'bob' }).waitFor(patient)
  await bob.locator('#members li', { hasText: 'alice' }).waitFor(patient)

  await say(alice, 'Hello, Bob')
  await heard(bob).filter({ hasText: 'Hello, Bob' }).waitFor(patient)
  await alice.getByText('read by bob').waitFor(patient)
  await bob.getByLabel('Message').pressSequentially('Hel')
  await alice.getByText('bob is typing…').waitFor(patient)
  await say(bob, 'Hello, Alice')
  await heard(alice).filter({ hasText: 'Hello, Alice' }).waitFor(patient)
  await browser.picture(alice, 'chat-alice')
  await browser.picture(bob, 'chat-bob')

  // Whoever comes later sees what was said; markup is text.
  await say(bob, '<b>bold</b>')
  const late = await browser.open(`${pages.url}/chat/?user=carol`)
  await heard(late).filter({ hasText: '<b>bold</b>' }).waitFor(patient)
  assert.deepEqual(await allHeard(late), ['Hello, Bob', 'Hello, Alice', '<b>bold</b>'])
  await alice.locator('#members li', { hasText: 'carol' }).waitFor(patient)
  await late.close()
  await alice.locator('#members li', { hasText: 'carol' }).waitFor({ ...patient, state: 'detached' })
  assert.deepEqual(browser.complaints, [])
})
