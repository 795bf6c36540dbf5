// A session: what outlives one socket. Its identity, the ids it sent lately and the requests it waits for.

import type { IdWindow } from './id-window.ts'
import type { Principal } from './principal.ts'
import type { ClientRequests } from './requests.ts'

export type Session = {
  readonly id: string
  /** Replaced by a fresh credential of the same subject. */
  principal: Principal
  /** First half of each `ce_id`. */
  readonly origin: string
  readonly generation: number
  readonly slot: number
  /** Topic that replies to this session go to. */
  readonly replyTo: string
  readonly window: IdWindow
  readonly requests: ClientRequests
  /** Numbers frames that carry no id of their own. */
  unnamed: number
}
