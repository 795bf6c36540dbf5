// What an operator does to revocations: the records of their topic, read, and made for the command line to publish.
import { counts, kindOfKey, type Revocation, readRevocation, userKey } from '../admission/revocations.ts'
import { createBroker } from '../broker/broker.ts'
import { createTable } from '../broker/table.ts'
import type { Config } from '../config/settings.ts'
import type { Publishable } from '../inbound/ports.ts'

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

const silent = { debug: () => {}, info: () => {}, warn: () => {} }

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
  const broker = createBroker({ ...config.kafka, clientId: 'openclaw-cli' }, { log: silent })
  const over = new AbortController()
  const table = createTable({
    ranges: broker.ranges,
    topic: config.topics.revocations,
    most: { entries: config.tables.entries, bytes: config.tables.size },
    events: { tableRead: () => undefined, tableTrouble: () => undefined },
    signal: over.signal,
  })
  try {
    await table.ready(AbortSignal.timeout(timeoutMs)).catch(() => {
      throw new Error(table.trouble ?? 'the revocations could not be read')
    })
    return [...table.entries()].map(([what, value]) => {
      const { revocation, trouble } = readRevocation(value)
      const isKnown = kindOfKey(what) !== undefined
      return {
        what,
        revocation,
        counts: isKnown && counts(revocation, Date.now()),
        ...(isKnown ? (trouble === undefined ? {} : { trouble }) : { trouble: 'the key names nothing' }),
      }
    })
  } finally {
    over.abort()
    await broker.close(1_000)
  }
}
