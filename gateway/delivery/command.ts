// What a record has done in place of being shown: sessions ended, or put on and off channels. Pure.
import { headerOf } from './headers.ts'
import type { IncomingRecord } from './ports.ts'
import type { Target } from './targets.ts'

export type Command =
  | { readonly command: 'close' }
  | { readonly command: 'subscribe' | 'unsubscribe'; readonly channel: string }

const longest = 256

/** Undefined for a delivery that is shown; a sentence where the command is none that could be done. */
export function readCommand(
  record: IncomingRecord,
  targets: readonly Target[],
): Command | string | undefined {
  const command = headerOf(record, 'ce_command')
  if (command !== 'close' && command !== 'subscribe' && command !== 'unsubscribe') return undefined
  if (!targets.every(({ kind }) => kind === 'session' || kind === 'user'))
    return `ce_command: ${command} is for sessions and users only`
  if (command === 'close') return { command }
  const channel = headerOf(record, 'ce_channel') ?? ''
  if (channel === '' || Buffer.byteLength(channel) > longest || /\p{Cc}/u.test(channel))
    return `ce_command: ${command} is about the channel that ce_channel names`
  return { command, channel }
}
