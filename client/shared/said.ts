// What tabs say to each other. Everything is copied on the way, so that errors travel as their parts.
import { ConnectionError } from '../errors.ts'
import type { StateChange } from '../link/link.ts'
import type { Kept } from '../rules/session-memory.ts'
import type { ClientFrame, ServerFrame, Welcome } from '../wire/frames.ts'

type PlainError = Pick<ConnectionError, 'code' | 'message' | 'fix' | 'closeCode' | 'status'>
export type PlainChange = Omit<StateChange, 'error'> & { readonly error?: PlainError }

export type Said =
  /** A tab came, and wants to know how things are. */
  | { readonly t: 'here'; readonly tab: string }
  | { readonly t: 'gone'; readonly tab: string }
  | { readonly t: 'send'; readonly tab: string; readonly frame: ClientFrame }
  /** The rest is said by the tab that has the connection. */
  | { readonly t: 'state'; readonly change: PlainChange }
  /** `to`: for this tab alone; the others have it. */
  | {
      readonly t: 'welcome'
      readonly welcome: Welcome
      readonly kept: Kept | undefined
      readonly to?: string
    }
  | { readonly t: 'frame'; readonly frame: ServerFrame }
  | { readonly t: 'lost'; readonly tooLarge: boolean }

export function toPlain({ error, ...change }: StateChange): PlainChange {
  if (error === undefined) return change
  const { code, message, fix, closeCode, status } = error
  return { ...change, error: { code, message, fix, closeCode, status } }
}

export function fromPlain({ error, ...change }: PlainChange): StateChange {
  if (error === undefined) return change
  const { code, message, fix } = error
  // The message has code and fix in it already.
  const [plain = message] = message.split(` (${code}): `)
  return { ...change, error: new ConnectionError(code, plain, fix, error) }
}

/** What a tab is told of a frame that could not be sent for it. */
export const tooLarge = (id: string): ServerFrame => ({
  kind: 'refusal',
  id,
  code: 'too-large',
  message: 'the gateway takes no frame of this size',
  retryable: false,
})
