// What a client that subscribes wants of before, as its frame says it. Pure.
import { type Refusal, refuse } from '../errors.ts'
import { parseChannelPosition } from './channel-position.ts'
import type { Wish } from './history.ts'

/** A position that no log has: its client is told that something is missing. */
const nowhere = { partition: -1, next: 0, hash: 0 }

export function wishOf({ since, last }: { since?: string; last?: number }): Wish | Refusal | undefined {
  if (since !== undefined && last !== undefined)
    return refuse('invalid-frame', 'last: expected since or last, not both')
  if (last !== undefined) return { last }
  if (since === undefined) return undefined
  const position = parseChannelPosition(since)
  return position === undefined
    ? refuse('invalid-frame', 'since: is no position that this gateway gave')
    : { since: position }
}

/** As a client that comes back says it. What is no position of ours is one that has nothing of this log. */
export const wishSince = (text: string): Wish => ({ since: parseChannelPosition(text) ?? nowhere })
