// Finds an API key in `X-API-Key`.
import type { CredentialSource } from '../credential.ts'

export const apiKeyHeader: CredentialSource = (request) => {
  const key = request.headers['x-api-key']
  if (key === undefined) return undefined
  // Several are joined with a comma and a blank, which no key has.
  return typeof key === 'string' ? { kind: 'api-key', key } : { kind: 'unreadable' }
}
