// Finds a token in `Authorization: Bearer …` (RFC 6750 section 2.1).
import type { CredentialSource } from '../credential.ts'

export const authorizationHeader: CredentialSource = (request) => {
  const header = request.headers.authorization
  if (header === undefined) return undefined
  const match = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(header)
  return match?.[1] === undefined ? { kind: 'unreadable' } : { kind: 'bearer', token: match[1] }
}
