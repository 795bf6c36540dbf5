// API keys for tests: records of the topic of keys, as the command line writes them.
import { hashOf, type KeyRecord, newKeyId, newSecret } from '../../gateway/admission/api-key.ts'

export type MadeKey = { readonly id: string; readonly text: string; readonly record: KeyRecord }

/** A key of this user; `more` changes its record. */
export function makeKey(user: string, more: Partial<KeyRecord> = {}): MadeKey {
  const [id, secret, createdAt] = [newKeyId(), newSecret(), new Date().toISOString()]
  const secrets = [{ sha256: hashOf(secret), createdAt }]
  const record = { user, tenant: '', claims: {}, createdAt, secrets, ...more }
  return { id, text: `oc_${id}_${secret}`, record }
}
