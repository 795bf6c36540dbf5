// Finds a ticket or an API key in the query of the URL, for clients that can set nothing else.
import type { Credential, CredentialSource } from '../credential.ts'

const inQuery =
  (name: string, toCredential: (value: string) => Credential): CredentialSource =>
  ({ url = '' }) => {
    const at = url.indexOf('?')
    if (at < 0) return undefined
    const [value, second] = new URLSearchParams(url.slice(at + 1)).getAll(name)
    if (value === undefined) return undefined
    return value === '' || second !== undefined ? { kind: 'unreadable' } : toCredential(value)
  }

export const ticketQuery = inQuery('ticket', (ticket) => ({ kind: 'ticket', ticket }))

export const apiKeyQuery = inQuery('api_key', (key) => ({ kind: 'api-key', key }))
