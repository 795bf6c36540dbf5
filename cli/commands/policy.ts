// `openclaw policy test`: what a principal may do under the configuration, and why.
import { type Command, InvalidArgumentError } from 'commander'
import { type Asked, allowances } from '../../gateway/compose/policy.ts'
import { principalOf } from '../../gateway/compose/token-principal.ts'
import type { Config } from '../../gateway/config/settings.ts'
import { claimArgument, several } from '../arguments.ts'
import { type ConfigOption, needConfig } from '../configuration.ts'
import { CliFailure } from '../failure.ts'
import { isAllowed, policyJson, policyLines, type Tested } from '../policy.ts'

const examples = `
Examples:
  ./openclaw policy test --token "$(./openclaw token alice)"
  ./openclaw policy test --user alice --tenant acme --role member --scope rooms:write
  ./openclaw policy test --user alice --claim 'rooms=["lobby"]' --channel room:lobby --subscribe
  ./openclaw policy test --anonymous --route echo --json

yes, no, or depends: on the names that are not known, such as the room of "room:{room}". Under each is its rule with
what its parts came to; an arrow stands at the one that made it so. Nothing is asked of Kafka or Redis.
Exit code, where a route or a channel is named: 0 if that is allowed, 1 if it is not or not for certain.`

const jsonArgument = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('Write JSON.')
  }
}

type Options = ConfigOption & {
  readonly token?: string
  readonly user?: string
  readonly anonymous?: true
  readonly tenant?: string
  readonly role?: readonly string[]
  readonly scope?: readonly string[]
  readonly claim?: Readonly<Record<string, unknown>>
  readonly route?: string
  readonly channel?: string
  readonly subscribe?: true
  readonly publish?: true
  readonly type?: string
  readonly payload?: unknown
  readonly path?: string
  readonly subprotocol?: string
  readonly json?: true
}

/** A principal as the options describe it. */
function described({ user, tenant = '', role, scope, claim = {} }: Options): Tested['principal'] {
  const claims = { ...claim, ...(role && { roles: role }), ...(scope && { scope: scope.join(' ') }) }
  return { tenant, claims, ...(user === undefined ? {} : { user }) }
}

async function whoFrom(config: Config, options: Options): Promise<Omit<Tested, 'allowances'>> {
  const { token, user } = options
  const ways = [token, user, options.anonymous].filter((way) => way !== undefined)
  if (ways.length !== 1) throw new CliFailure('say who: give one of --token, --user and --anonymous', 2)
  if (token === undefined) return { principal: described(options) }
  const found = await principalOf(config, token)
  if (typeof found === 'string') throw new CliFailure(`--token: ${found}`)
  return found
}

async function test(options: Options): Promise<void> {
  const { config } = await needConfig(options, process.env)
  const who = await whoFrom(config, options)
  const { route, channel, type, path, subprotocol, payload, subscribe, publish } = options
  const asked: Asked = {
    route,
    channel,
    type,
    path,
    subprotocol,
    payload: payload === undefined ? undefined : { json: payload },
  }
  const only = [...(subscribe ? ['subscribe'] : []), ...(publish ? ['publish'] : [])]
  const isWanted = (to: string) => only.length === 0 || to === 'connect' || to === 'send' || only.includes(to)
  const tested = {
    ...who,
    allowances: allowances(config, who.principal, asked).filter(({ to }) => isWanted(to)),
  }
  if (who.doubt !== undefined) console.error(`the token: ${who.doubt}`)
  console.log(options.json ? policyJson(tested) : policyLines(tested).join('\n'))
  if ((route !== undefined || channel !== undefined) && !isAllowed(tested)) process.exitCode = 1
}

export const addPolicy = (program: Command): void => {
  program
    .command('policy')
    .summary('say what somebody may do, and why')
    .description('Asks the rules of the configuration.')
    .addHelpText('after', examples)
    .command('test')
    .description('Says what a principal may do under the configuration, and why.')
    .option('--token <jwt>', 'whoever this token names; verified where the configuration can')
    .option('--user <user>', 'a user, as the next options describe it')
    .option('--anonymous', 'somebody without a credential')
    .option('--tenant <tenant>', 'the tenant of the user')
    .option('--role <role>', 'a role; may be given several times', several)
    .option('--scope <scope>', 'a scope; may be given several times', several)
    .option(
      '--claim <name=value>',
      'a claim, JSON where the value is JSON; may be given several times',
      claimArgument,
    )
    .option('--route <name>', 'only this route')
    .option('--channel <name>', 'only this channel, by its whole name')
    .option('--subscribe', 'of a channel, only whether one may subscribe')
    .option('--publish', 'of a channel, only whether one may publish')
    .option('--type <type>', 'the type of the frame')
    .option('--payload <json>', 'the payload, for rules that look at it', jsonArgument)
    .option('--path <path>', 'the path of the connection')
    .option('--subprotocol <name>', 'what is spoken on it')
    .option('--json', 'print JSON')
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(test)
}
