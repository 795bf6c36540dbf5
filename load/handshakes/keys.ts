// API keys for the load: what clients show, and what is kept of them.
import { hashOf, type KeyRecord, newKeyId, newSecret } from '../../gateway/admission/api-key.ts'

export type Keys = { readonly texts: readonly string[]; readonly records: ReadonlyMap<string, KeyRecord> }

/** So many keys, each of a user of its own. */
export function makeKeys(count: number): Keys {
  const createdAt = new Date().toISOString()
  const texts: string[] = []
  const records = new Map<string, KeyRecord>()
  for (let n = 0; n < count; n++) {
    const [id, secret] = [newKeyId(), newSecret()]
    texts.push(`oc_${id}_${secret}`)
    const secrets = [{ sha256: hashOf(secret), createdAt }]
    records.set(id, { user: `key-user-${n}`, tenant: '', claims: {}, createdAt, secrets })
  }
  return { texts, records }
}
