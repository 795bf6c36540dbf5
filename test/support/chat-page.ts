// The demo chat as a person uses it: a window in which one writes and reads.
import type { Page } from 'playwright-core'

/** Writes and sends. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

/** The texts of the messages that came from the channel. */
export const heard = (page: Page) => page.locator('#messages li[data-id] .text')

/** Those that are there now, in their order. */
export const allHeard = (page: Page): Promise<string[]> => heard(page).allTextContents()
