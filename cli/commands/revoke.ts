// `openclaw revoke token|user|key|session|list|undo`: what is no longer good, on every node within a second.
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RevocationWish, RevokedName } from '../../gateway/compose/operator-revocations.ts'
import { durationArgument } from '../arguments.ts'
import { type ConfigOption, needConfig } from '../configuration.ts'
import { CliFailure } from '../failure.ts'

const examples = `
Examples:
  ./openclaw revoke user alice --before now              all her tokens of until now; she may sign in again
  ./openclaw revoke user alice --tenant acme --for 30d   nobody comes in as her for a month
  ./openclaw revoke token 7f9c4e --until 2026-12-24T18:00:00Z --reason stolen     one token, by its jti
  ./openclaw revoke session Jb1qZf0sT2Wc9mXo4LrD5g       its connection ends, and nobody comes back to it
  ./openclaw revoke list
  ./openclaw revoke undo user alice --tenant acme

Connections are closed with 4410, on every node within a second. Give --for or --until where you can, such as until the
token would have ended anyway: what no longer counts costs nothing. Without Redis or a gateway the same is a record:
  echo 'user:/alice={}' | kcat -P -b <broker> -t openclaw.revocations -K=`

type RevokeOptions = ConfigOption & {
  readonly tenant?: string
  readonly before?: number
  readonly for?: number
  readonly until?: number
  readonly reason?: string
}

type Kind = RevokedName['kind']

const kinds: readonly (readonly [Kind, string, string])[] = [
  ['token', '<jti>', 'Revokes one token, by its jti.'],
  ['user', '<id>', 'Revokes what a user has shown or may show: tokens, keys, tickets, certificates.'],
  ['key', '<id>', 'Revokes an API key; keys revoke does this too, and deletes it.'],
  ['session', '<id>', 'Ends a session for good; its user may begin another one.'],
]

/** Milliseconds since the epoch. */
const timeArgument = (text: string): number => {
  const time = text === 'now' ? Date.now() : Date.parse(text)
  if (Number.isNaN(time) || (text !== 'now' && !/^\d{4}-\d\d-\d\dT/.test(text)))
    throw new InvalidArgumentError('Write now, or a time such as 2026-12-24T18:00:00Z.')
  return time
}

const toRevocation = ({ before, for: forMs, until, reason }: RevokeOptions): RevocationWish => {
  const expiresAt = forMs === undefined ? until : Date.now() + forMs
  return {
    ...(before === undefined ? {} : { notBefore: before }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(reason === undefined ? {} : { reason }),
  }
}

const nameOf = (kind: string, id: string, { tenant = '' }: RevokeOptions): RevokedName => {
  const known = kinds.find(([name]) => name === kind)
  if (known === undefined)
    throw new CliFailure(`"${kind}" is none of ${kinds.map(([name]) => name).join(', ')}`, 2)
  if (id === '') throw new CliFailure('what is revoked needs a name', 2)
  return { kind: known[0], id, tenant }
}

const configOf = async ({ config }: ConfigOption) =>
  (await needConfig(config === undefined ? {} : { config }, process.env)).config

const revoke = async (kind: Kind, id: string, options: RevokeOptions): Promise<void> => {
  const name = nameOf(kind, id, options)
  const { putRevocation } = await import('../revocations.ts')
  console.log(await putRevocation(await configOf(options), name, toRevocation(options)))
}

const undo = async (kind: string, id: string, options: RevokeOptions): Promise<void> => {
  const name = nameOf(kind, id, options)
  const { endRevocation } = await import('../revocations.ts')
  console.log(await endRevocation(await configOf(options), name))
}

const list = async ({ json, ...options }: ConfigOption & { readonly json?: true }): Promise<void> => {
  const { revocationLines } = await import('../revocations.ts')
  for (const line of await revocationLines(await configOf(options), json === true)) console.log(line)
}

export const addRevoke = (program: Command): void => {
  const command = program
    .command('revoke')
    .summary('end tokens, users, keys and sessions before their time')
    .description(
      'Revokes credentials and sessions by records of a compacted topic that every gateway follows.',
    )
    .addHelpText('after', examples)
  const withConfig = (sub: Command): Command =>
    sub
      .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
      .addHelpText('after', examples)
  for (const [kind, argument, description] of kinds) {
    const sub = withConfig(command.command(kind))
      .description(description)
      .argument(argument)
      .option('--before <time>', 'only what was issued, or began, before: now, or a time', timeArgument)
      .option('--for <duration>', 'how long the revocation counts, such as 30d', durationArgument)
      .addOption(
        new Option('--until <time>', 'until when it counts').argParser(timeArgument).conflicts('for'),
      )
      .option('--reason <text>', 'why, for people')
      .action((id: string, options: RevokeOptions) => revoke(kind, id, options))
    if (kind === 'user') sub.option('--tenant <tenant>', 'the tenant of the user')
  }
  withConfig(command.command('undo'))
    .description('Takes a revocation back. Connections and sessions that it ended stay ended.')
    .argument('<kind>', 'token, user, key or session')
    .argument('<id>', 'what was revoked')
    .option('--tenant <tenant>', 'the tenant of the user')
    .action(undo)
  withConfig(command.command('list'))
    .description('Lists the revocations, and which of them no longer count.')
    .option('--json', 'one JSON object for each')
    .action(list)
}
