// `openclaw token`: a token of the development key, alone on standard output.
import { type Command, Option } from 'commander'
import { claimArgument, durationArgument, several } from '../arguments.ts'
import { type ConfigOption, needConfig } from '../configuration.ts'
import { developmentToken } from '../development-token.ts'

const examples = `
Examples:
  ./openclaw token alice
  ./openclaw token alice --tenant acme --role admin --role member --ttl 10m
  ./openclaw token alice --claim 'rooms=["lobby","kitchen"]' --claim plan=gold
  ./openclaw token alice --expired            to see how a client takes a 401
  curl -i -H "Authorization: Bearer $(./openclaw token alice)" http://127.0.0.1:8080/

The token is signed with the key of this clone (.openclaw/key.json), which only its own development
configuration trusts. Keep it on this machine all the same.`

const ttl = new Option('--ttl <duration>', 'how long it is valid')
  .default(3_600_000, '1h')
  .argParser(durationArgument)

type Options = ConfigOption & {
  readonly tenant?: string
  readonly role?: readonly string[]
  readonly claim?: Readonly<Record<string, unknown>>
  readonly ttl: number
  readonly expired?: true
}

export const addToken = (program: Command): void => {
  program
    .command('token')
    .summary('print a development token for a user')
    .description(
      'Prints a token for a user, signed with the development key of this clone, and nothing else.',
    )
    .argument('<user>', 'who the token is for')
    .option('--tenant <tenant>', 'the tenant of the user')
    .option('--role <role>', 'a role; may be given several times', several)
    .option(
      '--claim <name=value>',
      'a claim, JSON where the value is JSON; may be given several times',
      claimArgument,
    )
    .addOption(ttl)
    .option('--expired', 'make one that ran out a minute ago')
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(
      async (
        user: string,
        { role: roles = [], claim: claims = {}, tenant, ttl, expired, ...option }: Options,
      ) => {
        const { config } = await needConfig(option, process.env)
        const request = { user, tenant, roles, claims, ttl: expired ? -60_000 : ttl }
        console.log(await developmentToken(config, request))
      },
    )
}
