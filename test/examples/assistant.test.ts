// The demo assistant in a browser, with a server that speaks the API of language models: streamed words, cancel, errors.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { demoCluster, demoPages } from '../support/demo.ts'
import { startDemoBackend } from '../support/demo-backend.ts'
import { startNode } from '../support/gateway.ts'
import { startModel } from '../support/language-model.ts'
import { waitFor } from '../support/wait.ts'

const patient = { timeout: 20_000 }

const ask = async (page: Page, text: string) => {
  await page.getByLabel('Question').fill(text)
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
}
const turn = (page: Page, text: string) => page.locator('#turns li', { hasText: text })

test('words come as the model says them, a stop reaches the model, and the conversation stays', {
  skip: noBrowser,
}, async (t) => {
  const model = await startModel(t)
  const cluster = await demoCluster(t)
  const node = await startNode(t, cluster)
  const backend = await startDemoBackend(t, cluster, 'assistant', {
    ASSISTANT_URL: model.url,
    ASSISTANT_KEY: 'sk-test',
    ASSISTANT_MODEL: 'tiny',
  })
  const pages = await demoPages(t, cluster, () => [node.port])
  const browser = await startBrowser(t)
  const alice = await browser.open(`${pages.url}/assistant/?user=alice`)

  // The words are shown while the answer is still being said.
  model.next({ pieces: ['Grüß', ' dich, ', '👋 Alice'], holdAfter: 2 })
  await ask(alice, 'Say hello')
  await alice.locator('li.assistant[aria-busy=true]', { hasText: 'Grüß dich,' }).waitFor(patient)
  model.goOn()
  await alice.locator('li.assistant:not([aria-busy])', { hasText: 'Grüß dich, 👋 Alice' }).waitFor(patient)
  assert.equal(model.asked[0]?.authorization, 'Bearer sk-test')
  assert.equal(model.asked[0]?.model, 'tiny')

  // The next question comes with what was said before. Stopped, the model's connection is closed.
  model.next({ pieces: ['One, ', 'two, ', 'three'], holdAfter: 2 })
  await ask(alice, 'Count for ever')
  await turn(alice, 'One, two,').waitFor(patient)
  assert.deepEqual(
    model.asked[1]?.messages.map(({ role, content }) => `${role}: ${content}`),
    ['user: Say hello', 'assistant: Grüß dich, 👋 Alice', 'user: Count for ever'],
  )
  await alice.getByRole('button', { name: 'Stop' }).click()
  await waitFor(() => model.abandoned === 1, { timeoutMs: 20_000, describe: 'the model to see the cancel' })

  // Another window, and one after the backend has started anew, have it all; bob may not read it.
  await backend.stop()
  const again = await startDemoBackend(t, cluster, 'assistant', { ASSISTANT_URL: model.url })
  const second = await browser.open(`${pages.url}/assistant/?user=alice`)
  await second.locator('li.assistant.stopped', { hasText: 'One, two,' }).waitFor(patient)
  assert.equal(await second.locator('#turns li').count(), 4)
  model.next({ pieces: ['Yes'] })
  await ask(second, 'Do you remember?')
  await turn(alice, 'Yes').waitFor(patient)
  assert.equal(model.asked[2]?.messages.length, 5)
  await browser.picture(alice, 'assistant-alice')
  const bob = await browser.open(`${pages.url}/assistant/?user=bob`)
  await bob.locator('html[data-state=open]').waitFor(patient)
  assert.equal(await bob.locator('#turns li').count(), 0)

  // What goes wrong is said in words.
  model.next({ status: 429, body: '{"error":{"message":"too many questions"}}' })
  await ask(second, 'Refuse this')
  await second.getByRole('alert').getByText('(429): too many questions').waitFor(patient)
  model.next({ pieces: ['Half an'], breaksOff: true })
  await ask(second, 'Break off')
  await second.getByRole('alert').getByText('the model broke off').waitFor(patient)
  await model.stop()
  await ask(second, 'Is anybody there?')
  await second.getByRole('alert').getByText('cannot be reached').waitFor(patient)
  await second.locator('li.broken', { hasText: 'Half an' }).waitFor(patient)
  await browser.picture(second, 'assistant-error')
  assert.equal(await again.stop(), 0)
  assert.deepEqual(browser.complaints, [])
})

test('without a model a stand-in answers, and says that it is one', { skip: noBrowser }, async (t) => {
  const cluster = await demoCluster(t)
  const node = await startNode(t, cluster)
  await startDemoBackend(t, cluster, 'assistant')
  const pages = await demoPages(t, cluster, () => [node.port])
  const browser = await startBrowser(t)
  const alice = await browser.open(`${pages.url}/assistant/?user=alice`)
  await ask(alice, '<i>markup</i>')
  await alice.locator('li.assistant:not([aria-busy])', { hasText: 'I am a stand-in' }).waitFor(patient)
  await turn(alice, 'you said: <i>markup</i>').waitFor(patient)
  assert.deepEqual(browser.complaints, [])
})
