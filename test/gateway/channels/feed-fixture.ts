// Feeds for tests: compiled from their target.
import type { Feed } from '../../../gateway/channels/feed-record.ts'
import { compileTemplate, type FeedTemplate } from '../../../gateway/channels/feed-template.ts'

export function templateOf(text: string): FeedTemplate {
  const compiled = compileTemplate(text)
  if (typeof compiled === 'string') throw new Error(compiled)
  return compiled
}

export const feedOf = (to: string, more: Partial<Feed> = {}): Feed => ({
  name: 'prices',
  topic: 'prices',
  to: to === 'header' ? to : templateOf(to),
  framing: 'none',
  targets: ['session', 'user', 'channel', 'everyone'],
  ...more,
})
