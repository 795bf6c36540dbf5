// What an operator does to API keys: the records of the topic of keys, read, and made for the command line to publish.
import {
  hashOf,
  type KeyRecord,
  type KeySecret,
  mostSecrets,
  newKeyId,
  newSecret,
  readKeyRecord,
} from '../admission/api-key.ts'
import { isName } from '../admission/to-principal.ts'
import type { Config } from '../config/settings.ts'
import type { Publishable } from '../inbound/ports.ts'
import { toRevoke } from './operator-revocations.ts'
import { readTable } from './operator-table.ts'

/** A key as the topic has it. */
export type ListedKey = { readonly id: string; readonly record: KeyRecord }

/** A key with a new secret: `text` is the only place where that ever stands. */
export type MintedKey = ListedKey & { readonly text: string }

export type KeyWish = {
  readonly user: string
  readonly tenant: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly prefix: string
  /** Milliseconds since the epoch; undefined: it has no end. */
  readonly expiresAt?: number | undefined
}

/** A revocation need not outlive whoever may still be connected with the key, and a node that is frozen or cut off. */
const revokedForMs = 7 * 86_400_000

const iso = (ms: number): string => new Date(ms).toISOString()

/** Every key that can be read, the oldest first. Rejects with a sentence where Kafka does not say all within `timeoutMs`. */
export async function listKeys(config: Config, timeoutMs: number): Promise<readonly ListedKey[]> {
  const found = (await readTable(config, config.topics.keys, timeoutMs)).flatMap(([id, value]) => {
    const record = readKeyRecord(value)
    return record === undefined ? [] : [{ id, record }]
  })
  return found.sort((a, b) => (a.record.createdAt < b.record.createdAt ? -1 : 1))
}

/** A new key; a sentence where the user or the tenant cannot be one. */
export function mintKey({ prefix, expiresAt, ...who }: KeyWish, now: number): MintedKey | string {
  if (!isName(who.user)) return 'a user is 1 to 256 bytes of UTF-8 without control characters'
  if (who.tenant !== '' && !isName(who.tenant))
    return 'a tenant is up to 256 bytes of UTF-8 without control characters'
  const { secret, kept } = secretAt(now)
  const id = newKeyId()
  const ends = expiresAt === undefined ? {} : { expiresAt: iso(expiresAt) }
  const record = { ...who, createdAt: iso(now), ...ends, secrets: [kept] }
  return { id, record, text: `${prefix}_${id}_${secret}` }
}

/** A second secret; those there were are good for `graceMs` more at most. A sentence where there are too many. */
export function rotateKey(
  { id, record }: ListedKey,
  { prefix, graceMs, now }: { readonly prefix: string; readonly graceMs: number; readonly now: number },
): MintedKey | string {
  const { secret, kept } = secretAt(now)
  const until = now + graceMs
  const still = record.secrets
    .map((old) => ({
      ...old,
      until: iso(Math.min(until, old.until === undefined ? until : Date.parse(old.until))),
    }))
    .filter((old) => Date.parse(old.until) > now)
  if (still.length >= mostSecrets)
    return `key ${id} has ${still.length} secrets that are still good; end the old ones with: keys revoke ${id} --old`
  return { id, record: { ...record, secrets: [...still, kept] }, text: `${prefix}_${id}_${secret}` }
}

/** Only the newest secret is left. */
export const withoutOld = ({ id, record }: ListedKey): ListedKey => ({
  id,
  record: { ...record, secrets: record.secrets.slice(-1) },
})

/** The record that makes the key known to every node. */
export const toKeyRecord = ({ topics }: Config, { id, record }: ListedKey): Publishable => ({
  topic: topics.keys,
  key: id,
  partition: 0,
  value: Buffer.from(JSON.stringify(record)),
  headers: { 'content-type': 'application/json' },
})

/**
 * Closes what came in with the key, and deletes it. In this order: should the second one fail the key is still listed,
 * and can be revoked again.
 */
export const toRevocation = (config: Config, id: string, now: number): readonly Publishable[] => [
  toRevoke(config, { kind: 'key', id, tenant: '' }, { reason: 'key revoked', expiresAt: now + revokedForMs }),
  { topic: config.topics.keys, key: id, partition: 0, value: null, headers: {} },
]

function secretAt(now: number): { readonly secret: string; readonly kept: KeySecret } {
  const secret = newSecret()
  return { secret, kept: { sha256: hashOf(secret), createdAt: iso(now) } }
}
