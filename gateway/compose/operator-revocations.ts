// What an operator does to revocations: the records of their topic, read, and made for the command line to publish.
import { counts, kindOfKey, type Revocation, readRevocation, userKey } from '../admission/revocations.ts'
import type { Config } from '../config/settings.ts'
import type { Publishable } from '../inbound/ports.ts'
import { readTable } from './operator-table.ts'

/** What is revoked: `tenant` is of a user. */
export type RevokedName = {
  readonly kind: 'token' | 'user' | 'key' | 'session'
  readonly id: string
  readonly tenant: string
}

export type RevocationWish = Revocation

export type ListedRevocation = {
  /** The record's key. */
  readonly what: string
  readonly revocation: Revocation
  readonly counts: boolean
  /** Why it says less than it should. */
  readonly trouble?: string
}

export const revocationKey = ({ kind, id, tenant }: RevokedName): string =>
  kind === 'user' ? userKey(tenant, id) : `${kind}:${id}`

const recordOf = ({ topics }: Config, name: RevokedName) =>
  ({ topic: topics.revocations, key: revocationKey(name), partition: 0 }) as const

const timeText = (name: string, time: number | undefined) =>
  time === undefined ? {} : { [name]: new Date(time).toISOString() }

export const toRevoke = (config: Config, name: RevokedName, revocation: Revocation): Publishable => ({
  ...recordOf(config, name),
  value: Buffer.from(
    JSON.stringify({
      ...timeText('notBefore', revocation.notBefore),
      ...timeText('expiresAt', revocation.expiresAt),
      ...(revocation.reason === undefined ? {} : { reason: revocation.reason }),
    }),
  ),
  headers: { 'content-type': 'application/json' },
})

export const toUndo = (config: Config, name: RevokedName): Publishable => ({
  ...recordOf(config, name),
  value: null,
  headers: {},
})

/** Every record of the topic. Rejects with a sentence where Kafka does not say all within `timeoutMs`. */
export async function listRevocations(
  config: Config,
  timeoutMs: number,
): Promise<readonly ListedRevocation[]> {
  const found = await readTable(config, config.topics.revocations, timeoutMs)
  return found.map(([what, value]) => {
    const { revocation, trouble } = readRevocation(value)
    const isKnown = kindOfKey(what) !== undefined
    return {
      what,
      revocation,
      counts: isKnown && counts(revocation, Date.now()),
      ...(isKnown ? (trouble === undefined ? {} : { trouble }) : { trouble: 'the key names nothing' }),
    }
  })
}
