// Checks API keys against the table of keys: by id, in constant time, with the same work for an id that nobody has.
import type { Principal } from '../../session/principal.ts'
import {
  endOf,
  hashOf,
  type KeyRecord,
  matchSecret,
  newSecret,
  readKeyRecord,
  readKeyText,
} from '../api-key.ts'
import type { Authenticator, Credential } from '../credential.ts'
import type { Table } from '../ports.ts'

export type KeyTable = Pick<Table, 'get' | 'trouble'>

export type ApiKeys = Authenticator & {
  /** Whether a principal that came with a key could still come with it: its key is there, with the secret that was shown. */
  stillGood(principal: Principal): boolean
}

export type ApiKeyOptions = {
  readonly table: KeyTable
  /** A record under this id is none that can be read, so the key is not good. */
  readonly onUnreadable: (id: string) => void
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

/** The table cannot be relied on, so nothing is known of the key. */
export class KeysUnknown extends Error {
  override readonly name = 'KeysUnknown'
}

/** Compared in place of a record that is not there. */
const nobody: KeyRecord = {
  user: 'nobody',
  tenant: '',
  claims: {},
  createdAt: new Date(0).toISOString(),
  secrets: [{ sha256: hashOf(newSecret()), createdAt: new Date(0).toISOString() }],
}
const nobodyValue = Buffer.from(JSON.stringify(nobody))

const textOf = (credential: Credential): string | undefined => {
  if (credential.kind === 'api-key') return credential.key
  // Where only a token fits, in `hello` or behind Bearer, a key is known by its shape, which no token has.
  return credential.kind === 'bearer' && readKeyText(credential.token) ? credential.token : undefined
}

export function createApiKeyAuthenticator({ table, onUnreadable, now = Date.now }: ApiKeyOptions): ApiKeys {
  /** Asked of every connection at each change: what was read of the same record is not read again. */
  const looked = new WeakMap<Principal, { readonly value: Buffer; readonly until: number }>()
  const find = (id: string): KeyRecord | undefined => {
    const value = table.get(id)
    const record = readKeyRecord(value ?? nobodyValue)
    if (record === undefined) onUnreadable(id)
    return record
  }
  return {
    name: 'api-keys',
    claims: (credential) => textOf(credential) !== undefined,
    async authenticate(credential) {
      if (table.trouble !== undefined) throw new KeysUnknown(table.trouble)
      const shown = readKeyText(textOf(credential) ?? '')
      if (shown === undefined) return undefined
      const record = find(shown.id)
      const secret = record && matchSecret(record, hashOf(shown.secret))
      if (record === undefined || secret === undefined || endOf(record, secret) <= now()) return undefined
      return toPrincipal(shown.id, record, secret)
    },
    stillGood(principal) {
      const { shown } = principal
      if (shown?.key === undefined) return true
      const value = table.get(shown.key)
      if (value === undefined) return false
      const before = looked.get(principal)
      if (before?.value === value) return before.until > now()
      const record = readKeyRecord(value)
      const secret = record?.secrets.find(({ sha256 }) => sha256 === shown.keySecret)
      const until = record && secret ? endOf(record, secret) : 0
      looked.set(principal, { value, until })
      return until > now()
    },
  }
}

function toPrincipal(id: string, record: KeyRecord, secret: KeyRecord['secrets'][number]): Principal {
  const { user, tenant, claims } = record
  const until = endOf(record, secret)
  return {
    user,
    tenant,
    claims,
    ...(Number.isFinite(until) ? { expiresAt: until } : {}),
    shown: { key: id, keySecret: secret.sha256, issuedAt: Date.parse(secret.createdAt) },
  }
}
