// Finds a token that a browser offered as a second subprotocol, since it can set no header.
import type { CredentialSource } from '../credential.ts'

export const bearerSubprotocol: CredentialSource = (_request, offers) => {
  if (offers.bearer === undefined) return undefined
  return offers.bearer === 'unreadable'
    ? { kind: 'unreadable' }
    : { kind: 'bearer', token: offers.bearer.token }
}
