// The client in a real browser, as the gateway serves it: a page, and two tabs that share one connection.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { onEnd } from '../support/cleanup.ts'
import { startEcho } from '../support/echo.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { missing } from '../support/tools.ts'
import { waitFor } from '../support/wait.ts'

const program = '/usr/bin/chromium'
const build = join(import.meta.dirname, '../../client/build.ts')

async function startBrowser(t: TestContext): Promise<BrowserContext> {
  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
  onEnd(t, () => browser.close())
  return browser.newContext()
}

/** An empty page of another port than the gateway's. */
async function startPage(t: TestContext): Promise<string> {
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<p>'),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onEnd(t, () => server.close())
  return `http://localhost:${(server.address() as AddressInfo).port}/`
}

/** Opens a tab with a client that is connected; what it was told is in `told`. */
async function openTab(context: BrowserContext, page: string, port: number, options: object): Promise<Page> {
  const tab = await context.newPage()
  await tab.goto(page)
  const token = await tokenFor('alice')
  await tab.evaluate(
    async ([module, given, text]) => {
      const { createClient } = await import(module as string)
      const client = createClient({ ...(given as object), token: () => text })
      const told: unknown[] = []
      client.onMessage(({ payload }: { payload: unknown }) => told.push(payload))
      Object.assign(globalThis, { client, told })
      await client.connect()
    },
    [`http://localhost:${port}/openclaw.js`, { url: `ws://localhost:${port}/`, ...options }, token],
  )
  return tab
}

type There = { client: { session: string; publish(...given: unknown[]): Promise<unknown> }; told: unknown[] }
const sessionOf = (tab: Page) => tab.evaluate(() => (globalThis as unknown as There).client.session)
const toldTo = (tab: Page) => tab.evaluate(() => (globalThis as unknown as There).told)

test('a page publishes, asks and listens; two tabs share a connection, and one goes on when the other is closed', async (t) => {
  if (!existsSync(program)) return t.skip(String(missing('chromium')))
  await promisify(execFile)(process.execPath, [build, '--module-only'])
  const cluster = await testCluster(t, { overrides: { development: true } })
  const node = await startNode(t, cluster)
  await startEcho(t, cluster)
  const [context, page] = [await startBrowser(t), await startPage(t)]

  const alone = await openTab(context, page, node.port, { codec: 'proto' })
  const got = await alone.evaluate(async () => {
    const { client } = globalThis as unknown as {
      client: Record<string, (...given: unknown[]) => Promise<never>>
    }
    const place = await client['publish']?.('echo', { text: 'grüß' })
    const reply = await client['request']?.('echo', new Uint8Array([0, 255]))
    return { place, bytes: [...((reply as unknown as { payload: Uint8Array }).payload ?? [])] }
  })
  assert.equal((got.place as unknown as { topic: string }).topic, cluster.echo)
  assert.deepEqual(got.bytes, [0, 255])

  const first = await openTab(context, page, node.port, { shared: true })
  const second = await openTab(context, page, node.port, { shared: true })
  const session = await sessionOf(first)
  assert.equal(await sessionOf(second), session)
  await first.close()
  const say = (n: number) =>
    cluster.kafka.send(cluster.topics.dispatch, [
      { value: String(n), headers: { ce_to: `session:${session}`, ce_id: `m-${n}` } },
    ])
  await say(1)
  await waitFor(async () => (await toldTo(second)).includes(1), { timeoutMs: 30_000 })
  assert.equal(await sessionOf(second), session)
  const place = await second.evaluate(() => (globalThis as unknown as There).client.publish('echo', { n: 2 }))
  assert.equal((place as { topic: string }).topic, cluster.echo)
})
