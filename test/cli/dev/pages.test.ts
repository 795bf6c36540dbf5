// The server of the demo pages: what it hands out, to whom, and what it keeps to itself.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Pages, startPages } from '../../../cli/dev/pages.ts'
import { staticFile } from '../../../cli/dev/static-files.ts'
import { noBrowser, startBrowser } from '../../support/browser.ts'

const examples = join(import.meta.dirname, '../../../examples')

async function start(t: TestContext): Promise<Pages> {
  const modules = mkdtempSync(join(tmpdir(), 'openclaw-modules-'))
  t.after(() => rmSync(modules, { recursive: true, force: true }))
  writeFileSync(join(modules, 'openclaw.js'), 'export const createClient = 1')
  const token = async (user: string) => `token of ${user}`
  const pages = await startPages({ port: 0, gateways: () => ['ws://127.0.0.1:1/'], token, modules })
  t.after(() => pages.stop())
  return pages
}

/** As it is, where fetch would clean up the path or the host. */
function rawStatus({ url }: Pages, path: string, host: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const asking = request({ hostname, port, path, headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    asking.once('error', reject)
    asking.end()
  })
}

test('pages have the client, tokens and the addresses of gateways', async (t) => {
  const { url } = await start(t)
  const text = async (path: string) => (await fetch(url + path)).text()
  assert.match(await text('/'), /<title>OpenClaw Gateway: demos</)
  assert.match(await text('/openclaw.js'), /createClient/)
  assert.equal(await text('/token?user=alice'), 'token of alice')
  assert.equal(await text('/gateways.json'), '["ws://127.0.0.1:1/"]')
  const folder = await fetch(`${url}/chat?user=bob`, { redirect: 'manual' })
  assert.deepEqual([folder.status, folder.headers.get('location')], [308, '/chat/?user=bob'])
  assert.match(await text('/chat/'), /<title>Chat</)
})

test('tokens are for pages of this machine alone, and for names that are some', async (t) => {
  const pages = await start(t)
  const { host } = new URL(pages.url)
  // Another site may let its own name lead here; a browser then sends that name.
  assert.equal(await rawStatus(pages, '/token?user=alice', 'evil.example'), 421)
  assert.equal(await rawStatus(pages, '/token?user=alice', host), 200)
  assert.equal(await rawStatus(pages, '/token?user=', host), 400)
  assert.equal(await rawStatus(pages, '/token?user=a%0Ab', host), 400)
  const answer = await fetch(`${pages.url}/token?user=alice`, { headers: { origin: 'https://evil.example' } })
  assert.equal(answer.headers.get('access-control-allow-origin'), null)
  assert.equal((await fetch(`${pages.url}/token?user=alice`, { method: 'POST' })).status, 405)
})

test('nothing but the files of pages is shown', async (t) => {
  const pages = await start(t)
  const { host } = new URL(pages.url)
  for (const path of [
    '/../package.json',
    '/chat/../../package.json',
    '/chat/%2e%2e/%2e%2e/package.json',
    '//etc/passwd',
    '/.env',
    '/chat\\..\\x.js',
    '/python/client.py',
    '/conformance/client.ts',
    '/chat/index.html/',
    '/chat/nothing.js',
    '/nothing',
  ])
    assert.equal(await rawStatus(pages, path, host), 404, path)
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-static-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  symlinkSync(join(examples, 'demos.json'), join(folder, 'linked.json'))
  assert.equal(await staticFile(folder, '/linked.json'), undefined)
})

test('a taken port is an error', async (t) => {
  const { url } = await start(t)
  const port = Number(new URL(url).port)
  const second = startPages({ port, gateways: () => [], token: async () => '' })
  await assert.rejects(second, { code: 'EADDRINUSE' })
})

test('the start page links every demo, and each has its page', { skip: noBrowser }, async (t) => {
  const { url } = await start(t)
  const browser = await startBrowser(t)
  const page = await browser.open(url)
  type Demo = { folder: string; name: string; text: string; shows: string[] }
  const demos = JSON.parse(readFileSync(join(examples, 'demos.json'), 'utf8')) as Demo[]
  await page
    .locator('.card')
    .nth(demos.length - 1)
    .waitFor()
  for (const { folder, name } of demos) {
    await page.getByRole('link', { name: `${name}, alice and bob side by side`, exact: true }).waitFor()
    assert.ok(existsSync(join(examples, folder, 'index.html')), `${folder} has no index.html`)
  }
  await browser.picture(page, 'start')
  assert.deepEqual(browser.complaints, [])
})
