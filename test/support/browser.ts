// A real browser for tests of pages: Debian's Chromium without a window, and what its consoles complain of.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { onEnd } from './cleanup.ts'
import { hasProgram, missing } from './tools.ts'

const program = 'chromium'

/** For the option `skip` of a test: why there is no browser, or false. */
export const noBrowser: string | false = (await hasProgram(program, '--version')) ? false : missing(program)

export type TestBrowser = {
  /** A window of a user of its own, with nothing shared. */
  open(url: string): Promise<Page>
  /** What pages threw, and wrote to their consoles as errors or warnings, so far. */
  readonly complaints: readonly string[]
  /** Writes what a page shows to the folder of this test, and answers the file. */
  picture(page: Page, name: string): Promise<string>
}

/** One browser; it ends with `t`. OPENCLAW_TEST_PICTURES names a folder to keep the pictures in. */
export async function startBrowser(t: TestContext): Promise<TestBrowser> {
  const { OPENCLAW_TEST_PICTURES: kept } = process.env
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'openclaw-pictures-'))
  if (kept === undefined) onEnd(t, () => rmSync(folder, { recursive: true, force: true }))
  const browser: Browser = await chromium.launch({
    executablePath: pathOf(program),
    // In a container there is neither the sandbox nor much of /dev/shm.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
  onEnd(t, () => browser.close())
  const complaints: string[] = []
  return {
    complaints,
    async open(url) {
      const context = await browser.newContext({ viewport: { width: 900, height: 640 } })
      const page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
      page.on('console', (line) => {
        if (line.type() === 'error' || line.type() === 'warning')
          complaints.push(`${page.url()}: ${line.text()}`)
      })
      await page.goto(url)
      return page
    },
    async picture(page, name) {
      const path = join(folder, `${name}.png`)
      await page.screenshot({ path })
      return path
    },
  }
}

function pathOf(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(':')
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? name
}
