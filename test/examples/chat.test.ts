// The demo chat in a browser: two users in two windows, on a real gateway and a real Kafka.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { allHeard, heard, say } from '../support/chat-page.ts'
import { demoCluster, demoPages } from '../support/demo.ts'
import { startDemoBackend } from '../support/demo-backend.ts'
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

  // However long it gets, the newest message and where one writes stay in sight.
  for (let n = 1; n <= 12; n += 1) await say(alice, `number ${n}`)
  await heard(bob).filter({ hasText: 'number 12' }).waitFor(patient)
  await bob.getByLabel('Message').fill('')
  for (const page of [alice, bob]) {
    const bottom = await heard(page).last().boundingBox()
    assert.ok((bottom?.y ?? 1_000) < 640, `the newest message is at ${bottom?.y}`)
    assert.equal(await page.evaluate('scrollY + document.documentElement.scrollHeight'), 640)
  }
  await browser.picture(alice, 'chat-alice')

  // Whoever comes later sees what was said; markup is text.
  await say(bob, '<b>bold</b>')
  const late = await browser.open(`${pages.url}/chat/?user=carol`)
  await heard(late).filter({ hasText: '<b>bold</b>' }).waitFor(patient)
  assert.deepEqual(await allHeard(late), [
    'Hello, Bob',
    'Hello, Alice',
    ...Array.from({ length: 12 }, (_, n) => `number ${n + 1}`),
    '<b>bold</b>',
  ])
  await alice.locator('#members li', { hasText: 'carol' }).waitFor(patient)
  await late.close()
  await alice.locator('#members li', { hasText: 'carol' }).waitFor({ ...patient, state: 'detached' })
  assert.deepEqual(browser.complaints, [])
})

test('side by side on one page, bob sees what alice says', { skip: noBrowser }, async (t) => {
  const cluster = await demoCluster(t)
  const node = await startNode(t, cluster)
  const pages = await demoPages(t, cluster, () => [node.port])
  const browser = await startBrowser(t)
  const page = await browser.open(pages.url)
  await page.getByRole('link', { name: 'Chat, alice and bob side by side' }).click()
  const [alice, bob] = ['alice', 'bob'].map((user) => page.frameLocator(`iframe[title="Chat as ${user}"]`))
  await alice?.getByLabel('Message').fill('Hello from the left')
  await alice?.getByRole('button', { name: 'Send' }).click()
  await bob?.locator('.text', { hasText: 'Hello from the left' }).waitFor(patient)
  await browser.picture(page, 'chat-pair')
  assert.deepEqual(browser.complaints, [])
})

test('the backend throws dice, a room of two is for those two, and a schema says what is wrong', {
  skip: noBrowser,
}, async (t) => {
  const cluster = await demoCluster(t)
  const node = await startNode(t, cluster)
  const pages = await demoPages(t, cluster, () => [node.port])
  await startDemoBackend(t, cluster, 'chat')
  const browser = await startBrowser(t)
  const carol = await browser.open(`${pages.url}/chat/?user=carol`)
  await say(carol, '/roll 2d6')
  await heard(carol)
    .filter({ hasText: /^carol rolls [1-6] \+ [1-6] = \d+$/ })
    .waitFor(patient)
  await say(carol, '/dance')
  await carol.getByRole('alert').filter({ hasText: 'try /roll 2d6' }).waitFor(patient)
  await say(carol, 'x'.repeat(2_001))
  await carol.getByText(/not sent: text: .*2000/).waitFor(patient)
  await carol.getByRole('button', { name: 'alice-and-bob' }).click()
  await carol
    .getByRole('alert')
    .filter({ hasText: /^alice-and-bob: / })
    .waitFor(patient)
  await browser.picture(carol, 'chat-carol')
  const alice = await browser.open(`${pages.url}/chat/?user=alice&room=alice-and-bob`)
  await say(alice, 'only for Bob')
  await heard(alice).filter({ hasText: 'only for Bob' }).waitFor(patient)
  assert.deepEqual(await allHeard(carol), [])
  assert.deepEqual(browser.complaints, [])
})
