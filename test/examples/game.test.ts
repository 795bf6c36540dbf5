// The demo game in browsers: two play, a third watches, the referee says no with a reason, and forgets nothing when it dies.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { demoCluster, demoPages } from '../support/demo.ts'
import { startDemoBackend } from '../support/demo-backend.ts'
import { startNode } from '../support/gateway.ts'

const patient = { timeout: 20_000 }

const take = (page: Page, cell: number) => page.locator('#board button').nth(cell).click()
const turn = (page: Page, text: string) => page.locator('#turn', { hasText: text }).waitFor(patient)
const notice = (page: Page, text: string) => page.getByRole('alert').getByText(text).waitFor(patient)
const boardOf = async (page: Page) =>
  (await page.locator('#board button').allTextContents()).map((mark) => mark || '.').join('')

test('alice and bob play, carol watches, and illegal moves are refused with a reason', {
  skip: noBrowser,
}, async (t) => {
  const cluster = await demoCluster(t)
  const node = await startNode(t, cluster)
  const referee = await startDemoBackend(t, cluster, 'game')
  const pages = await demoPages(t, cluster, () => [node.port])
  const browser = await startBrowser(t)
  const open = (user: string) => browser.open(`${pages.url}/game/?user=${user}`)
  const alice = await open('alice')
  await turn(alice, 'Waiting for somebody')
  await take(alice, 0)
  await notice(alice, 'Wait for somebody to play with.')
  const bob = await open('bob')
  await turn(alice, 'Your turn')
  const carol = await open('carol')
  await notice(carol, 'Two play already')

  await take(bob, 0)
  await notice(bob, 'It is the turn of alice.')
  await take(alice, 0)
  await turn(bob, 'Your turn')
  await take(bob, 0)
  await notice(bob, 'This cell is taken.')
  await take(carol, 4)
  await notice(carol, 'You do not play')
  await take(bob, 3)
  await turn(alice, 'Your turn')
  await take(alice, 1)
  await turn(bob, 'Your turn')

  // The next referee has it all from the log of the channel.
  assert.equal(await referee.stop(), 0)
  await startDemoBackend(t, cluster, 'game')
  await take(bob, 4)
  await turn(alice, 'Your turn')
  await take(alice, 2)
  await turn(alice, 'You have won!')
  for (const page of [bob, carol]) await turn(page, 'alice has won')
  for (const page of [alice, bob, carol]) assert.equal(await boardOf(page), 'XXXOO....')
  await browser.picture(alice, 'game-alice')
  await take(bob, 8)
  await notice(bob, 'This game is over.')

  // Whoever was second begins, and a page that is loaded anew has the game.
  await bob.getByRole('button', { name: 'Play again' }).click()
  await turn(bob, 'Your turn')
  await take(bob, 8)
  await turn(alice, 'Your turn')
  await alice.reload()
  await turn(alice, 'Your turn')
  assert.equal(await boardOf(alice), '........X')
  assert.deepEqual(browser.complaints, [])
})
