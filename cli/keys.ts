// API keys from the command line: made, listed, rotated and revoked by records of the topic of keys.
import {
  type KeyWish,
  type ListedKey,
  listKeys,
  type MintedKey,
  mintKey,
  rotateKey,
  toKeyRecord,
  toRevocation,
  withoutOld,
} from '../gateway/compose/operator-keys.ts'
import type { Config } from '../gateway/config/settings.ts'
import { CliFailure } from './failure.ts'
import { publishOne } from './publish.ts'

const timeoutMs = 10_000

/** Throws a CliFailure where Kafka does not answer. */
export const allKeys = (config: Config): Promise<readonly ListedKey[]> =>
  listKeys(config, timeoutMs).catch((failure: unknown) => {
    const reason = failure instanceof Error ? failure.message : String(failure)
    const brokers = config.kafka.brokers.join(',')
    throw new CliFailure(`the keys in ${config.topics.keys} at ${brokers} cannot be read: ${reason}`)
  })

const needKey = async (config: Config, id: string): Promise<ListedKey> => {
  const found = (await allKeys(config)).find((key) => key.id === id)
  if (found === undefined) throw new CliFailure(`there is no key ${id}; ./openclaw keys list shows them`)
  return found
}

const orFailure = <T>(made: T | string): T => {
  if (typeof made === 'string') throw new CliFailure(made, 2)
  return made
}

/** Resolves when the key is in Kafka, and so good on every node within moments. */
export const createKey = async (config: Config, wish: KeyWish): Promise<MintedKey> => {
  const key = orFailure(mintKey(wish, Date.now()))
  await publishOne(config.kafka, toKeyRecord(config, key))
  return key
}

export const addSecret = async (
  config: Config,
  id: string,
  options: { readonly prefix: string; readonly graceMs: number },
): Promise<MintedKey> => {
  const key = orFailure(rotateKey(await needKey(config, id), { ...options, now: Date.now() }))
  await publishOne(config.kafka, toKeyRecord(config, key))
  return key
}

/** Ends every secret but the newest. */
export const endOldSecrets = async (config: Config, id: string): Promise<void> => {
  await publishOne(config.kafka, toKeyRecord(config, withoutOld(await needKey(config, id))))
}

export const endKey = async (config: Config, id: string): Promise<void> => {
  await needKey(config, id)
  for (const record of toRevocation(config, id, Date.now())) await publishOne(config.kafka, record)
}
