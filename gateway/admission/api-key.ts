// API keys: how one is written, and what the topic of keys remembers of it, which is never the secret. Pure but for chance.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isName } from './to-principal.ts'

/** A key as its owner has it: `<prefix>_<id>_<secret>`. */
export type KeyText = { readonly id: string; readonly secret: string }

/** One secret of a key. Times are ISO 8601; after `until` it is no longer good. */
export type KeySecret = { readonly sha256: string; readonly createdAt: string; readonly until?: string }

/** The value of a record in the topic of keys; the record's key is the id. The newest secret is the last. */
export type KeyRecord = {
  readonly user: string
  readonly tenant: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly createdAt: string
  readonly expiresAt?: string
  readonly secrets: readonly KeySecret[]
}

/** A key has two secrets while it is rotated; more are a mistake. */
export const mostSecrets = 4
const secretBytes = 32
const idBytes = 8
const keyPattern = /^[a-z][a-z0-9]{0,15}_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/
const hashPattern = /^[0-9a-f]{64}$/

/** Undefined for a text that has not the shape of a key. */
export function readKeyText(text: string): KeyText | undefined {
  const [, id, secret] = keyPattern.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** SHA-256 in hex. A secret of 256 random bits needs no slower hash: there is nothing to guess. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

export const newKeyId = (): string => randomBytes(idBytes).toString('hex')
export const newSecret = (): string => randomBytes(secretBytes).toString('base64url')

/** Undefined for what is no record of a key, whoever wrote it. */
export function readKeyRecord(value: Buffer): KeyRecord | undefined {
  try {
    const record = JSON.parse(value.toString()) as KeyRecord
    return isRecord(record) ? record : undefined
  } catch {
    return undefined
  }
}

const isClaims = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTime = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value))
const isTimeOrAbsent = (value: unknown): boolean => value === undefined || isTime(value)

const isSecret = (value: KeySecret | null): boolean =>
  hashPattern.test(String(value?.sha256)) && isTime(value?.createdAt) && isTimeOrAbsent(value?.until)

const isRecord = (record: KeyRecord | null): boolean =>
  record !== null &&
  isName(record.user) &&
  (record.tenant === '' || isName(record.tenant)) &&
  isClaims(record.claims) &&
  isTime(record.createdAt) &&
  isTimeOrAbsent(record.expiresAt) &&
  Array.isArray(record.secrets) &&
  record.secrets.length <= mostSecrets &&
  record.secrets.every(isSecret)

/** Milliseconds since the epoch until which this secret of the key is good. */
export const endOf = ({ expiresAt }: KeyRecord, { until }: KeySecret): number =>
  Math.min(
    ...[expiresAt, until].map((time) => (time === undefined ? Number.POSITIVE_INFINITY : Date.parse(time))),
  )

/** The secret of the record that was shown; each is compared in full, so that the time taken says nothing of which. */
export function matchSecret({ secrets }: KeyRecord, hash: string): KeySecret | undefined {
  const given = Buffer.from(hash, 'hex')
  return secrets.reduce<KeySecret | undefined>(
    (found, each) => (timingSafeEqual(Buffer.from(each.sha256, 'hex'), given) ? each : found),
    undefined,
  )
}
