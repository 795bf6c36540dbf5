// What a resuming client tells of itself, one event for each thing that happens to it.
import type { Sendable } from './unanswered.ts'

export type Place = { readonly topic: string; readonly partition: number; readonly offset: string }

/** `connection` counts the sockets of one client from 1 on. */
export type ClientEvent =
  | {
      readonly kind: 'hello'
      readonly connection: number
      readonly port: number
      /** The session it asked for. */
      readonly resumes?: string | undefined
      readonly attempt?: number | undefined
    }
  | {
      readonly kind: 'welcome'
      readonly connection: number
      readonly session: string
      readonly resumed: boolean
      readonly recovered: boolean
      /** The session that the client had before, if it had one. */
      readonly before?: string | undefined
    }
  | {
      readonly kind: 'closed'
      readonly connection: number
      readonly code: number
      readonly reason: string
      /** We ended it. */
      readonly ours: boolean
    }
  | {
      readonly kind: 'sent'
      readonly connection: number
      /** Counts the sends of this connection. */
      readonly nth: number
      readonly what: Sendable
    }
  | { readonly kind: 'ack'; readonly connection: number; readonly id: string; readonly place: Place }
  | {
      readonly kind: 'refusal'
      readonly connection: number
      readonly id: string | undefined
      readonly code: string
      readonly retryable: boolean
    }
  | {
      readonly kind: 'received'
      readonly connection: number
      readonly session: string
      readonly as: 'message' | 'reply'
      /** Of the request that it answers. */
      readonly request?: string | undefined
      readonly uuid: string
      /** The client had it before. */
      readonly repeat: boolean
      readonly position: string
      readonly payload: unknown
    }
  | { readonly kind: 'goaway'; readonly connection: number; readonly reconnectAfterMs: number }
