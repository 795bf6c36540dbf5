// Checks tickets: each is good once, for the principal that asked for it, as long as that one's own credential is.
import type { Authenticator } from '../credential.ts'
import type { Tickets } from '../ports.ts'
import { openPrincipal, ticketHash } from '../ticket.ts'

export type TicketOptions = {
  readonly tickets: Pick<Tickets, 'take' | 'look'>
  readonly secrets: readonly string[]
  /** False for a question that opens nothing: the ticket stays good. */
  readonly use: boolean
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export const createTicketAuthenticator = (options: TicketOptions): Authenticator => ({
  name: 'tickets',
  claims: ({ kind }) => kind === 'ticket',
  async authenticate(credential) {
    const { tickets, secrets, use, now = Date.now } = options
    const hash = credential.kind === 'ticket' ? ticketHash(credential.ticket) : undefined
    if (hash === undefined) return undefined
    const sealed = use ? await tickets.take(hash) : await tickets.look(hash)
    const principal = sealed === undefined ? undefined : openPrincipal(hash, sealed, secrets)
    return (principal?.expiresAt ?? Number.POSITIVE_INFINITY) > now() ? principal : undefined
  },
})
