// Revocations from the command line: put into their topic, taken back, and told one a line.
import {
  type ListedRevocation,
  listRevocations,
  type RevocationWish,
  type RevokedName,
  revocationKey,
  toRevoke,
  toUndo,
} from '../gateway/compose/operator-revocations.ts'
import type { Config } from '../gateway/config/settings.ts'
import { CliFailure } from './failure.ts'
import { publishOne } from './publish.ts'

const timeoutMs = 10_000

/** Resolves with a sentence once Kafka has it. Throws a CliFailure where it has not. */
export const putRevocation = async (
  config: Config,
  name: RevokedName,
  revocation: RevocationWish,
): Promise<string> => {
  await publishOne(config.kafka, toRevoke(config, name, revocation))
  return `${revocationKey(name)} is revoked`
}

export const endRevocation = async (config: Config, name: RevokedName): Promise<string> => {
  await publishOne(config.kafka, toUndo(config, name))
  return `${revocationKey(name)} is not revoked`
}

const timeOf = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString()

const toShown = ({ what, revocation, counts, trouble }: ListedRevocation) => ({
  what,
  notBefore: timeOf(revocation.notBefore),
  expiresAt: timeOf(revocation.expiresAt),
  reason: revocation.reason,
  counts,
  trouble,
})

/** Whoever wrote the record chose its texts: nothing of them may move a terminal's cursor. */
const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?')

const toLine = (listed: ListedRevocation): string => {
  const { what, notBefore, expiresAt, reason, counts, trouble } = toShown(listed)
  const said = [
    notBefore === undefined ? 'all' : `what is older than ${notBefore}`,
    expiresAt === undefined ? 'for ever' : `until ${expiresAt}`,
    counts ? undefined : 'no longer counts',
    reason,
    trouble,
  ]
  return plain(`${what}: ${said.filter((part) => part !== undefined).join(', ')}`)
}

export const revocationLines = async (config: Config, json: boolean): Promise<readonly string[]> => {
  const listed = await listRevocations(config, timeoutMs).catch((failure: unknown) => {
    const reason = failure instanceof Error ? failure.message : String(failure)
    const where = `${config.topics.revocations} at ${config.kafka.brokers.join(',')}`
    throw new CliFailure(`the revocations in ${where} cannot be read: ${reason}`)
  })
  if (json) return listed.map((each) => JSON.stringify(toShown(each)))
  return listed.length === 0 ? ['nothing is revoked'] : listed.map(toLine)
}
