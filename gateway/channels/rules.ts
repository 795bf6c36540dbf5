// The rules of channels, as they are compiled from the configuration: who may do what on which names, and how messages are kept.
import type { PayloadRule } from '../payloads/payload-rule.ts'
import type { Show } from '../payloads/shown.ts'
import type { RulePayload } from '../policy/facts.ts'
import type { Captures, Pattern } from './pattern.ts'
import type { Subscriber } from './ports.ts'

/** What becomes of a client that reads too slowly. */
export type WhenSlow = 'disconnect' | 'drop-oldest' | 'conflate'

export type ChannelRule = {
  readonly pattern: Pattern
  /** The topic with the channel's messages. */
  readonly topic: string
  /** Milliseconds that messages stay in memory for those who come late. */
  readonly historyMs: number
  /** Whether members are counted and shown. */
  readonly members: boolean
  readonly whenSlow: WhenSlow
  /** What clients' messages must be, and how backends' are shown; absent where they may be anything. */
  readonly payload?: PayloadRule | undefined
  readonly show?: Show | undefined
  /** Must not throw: a rule that fails says no. */
  maySubscribe(client: Subscriber, channel: string, captures: Captures): boolean
  mayPublish(client: Subscriber, channel: string, captures: Captures): boolean
  /** To be asked, too, once the payload is known; undefined where the rule does not look at it. */
  readonly mayPublishPayload?:
    | ((client: Subscriber, channel: string, captures: Captures, payload: RulePayload) => boolean)
    | undefined
}

export type Ruled = { readonly rule: ChannelRule; readonly captures: Captures }

/** The first rule whose pattern fits counts. */
export function ruleOf(rules: readonly ChannelRule[], channel: string): Ruled | undefined {
  for (const rule of rules) {
    const captures = rule.pattern.match(channel)
    if (captures !== undefined) return { rule, captures }
  }
  return undefined
}
