// `openclaw keys create|list|rotate|revoke`: API keys. A secret is shown once, alone on standard output, and kept nowhere.
import type { Command } from 'commander'
import type { Config } from '../../gateway/config/settings.ts'
import { claimArgument, durationArgument, prefixArgument, several } from '../arguments.ts'
import { type ConfigOption, needConfig } from '../configuration.ts'

const examples = `
Examples:
  ./openclaw keys create alice --tenant acme --role sensor --scope orders:read --expires 90d
  ./openclaw keys list
  ./openclaw keys rotate 5f0c2d9e71a4b386 --grace 24h   a second secret; the first is good for a day more
  ./openclaw keys revoke 5f0c2d9e71a4b386 --old         the first ends now
  ./openclaw keys revoke 5f0c2d9e71a4b386               the key ends, and every connection made with it
  curl -i -H "X-API-Key: $(./openclaw keys create alice)" -H 'Sec-WebSocket-Protocol: openclaw.v1.json' http://127.0.0.1:8080/

The gateway must have auth.apiKeys.enabled: true. Kafka (topics.keys) has hashes of the secrets only: a key that is
lost cannot be shown again. Whoever may write to that topic can make keys for anybody.`

type CreateOptions = ConfigOption & {
  readonly tenant?: string
  readonly role?: readonly string[]
  readonly scope?: readonly string[]
  readonly claim?: Readonly<Record<string, unknown>>
  readonly expires?: number
  readonly prefix?: string
}

const day = 86_400_000

const configOf = async (option: ConfigOption): Promise<Config> => {
  const { config } = await needConfig(option, process.env)
  if (!config.auth.apiKeys.enabled)
    console.error(
      'note: auth.apiKeys.enabled is false in this configuration, so a gateway with it takes no keys',
    )
  return config
}

const create = async (user: string, options: CreateOptions): Promise<void> => {
  const { tenant = '', role = [], scope = [], claim = {}, expires, prefix, ...option } = options
  const config = await configOf(option)
  const claims = {
    ...claim,
    ...(role.length === 0 ? {} : { roles: role }),
    ...(scope.length === 0 ? {} : { scope: scope.join(' ') }),
  }
  const expiresAt = expires === undefined ? undefined : Date.now() + expires
  const { createKey } = await import('../keys.ts')
  const wish = { user, tenant, claims, expiresAt, prefix: prefix ?? config.auth.apiKeys.prefix }
  const { id, text } = await createKey(config, wish)
  console.log(text)
  console.error(`key ${id} of ${user}; this is the only time it is shown`)
}

const list = async ({ json, ...option }: ConfigOption & { readonly json?: true }): Promise<void> => {
  const config = await configOf(option)
  const { allKeys } = await import('../keys.ts')
  const { keyLines, toShown } = await import('../key-lines.ts')
  const keys = await allKeys(config)
  if (json) for (const key of keys) console.log(JSON.stringify(toShown(key)))
  else for (const line of keyLines(keys, Date.now())) console.log(line)
}

const rotate = async (
  id: string,
  { grace, prefix, ...option }: ConfigOption & { readonly grace: number; readonly prefix?: string },
): Promise<void> => {
  const config = await configOf(option)
  const { addSecret } = await import('../keys.ts')
  const options = { graceMs: grace, prefix: prefix ?? config.auth.apiKeys.prefix }
  const { record, text } = await addSecret(config, id, options)
  console.log(text)
  const until = record.secrets.at(-2)?.until
  console.error(
    `the new secret of key ${id}, shown only now; ${until === undefined ? 'no older one is good' : `older ones are good until ${until}`}`,
  )
}

const revoke = async (
  id: string,
  { old, ...option }: ConfigOption & { readonly old?: true },
): Promise<void> => {
  const config = await configOf(option)
  const { endKey, endOldSecrets } = await import('../keys.ts')
  await (old ? endOldSecrets : endKey)(config, id)
  console.log(old ? `only the newest secret of key ${id} is good` : `key ${id} is revoked`)
}

export const addKeys = (program: Command): void => {
  const keys = program
    .command('keys')
    .summary('make, list, rotate and revoke API keys')
    .description(
      'Makes API keys, and ends them. They are records of a compacted topic that every gateway follows.',
    )
    .addHelpText('after', examples)
  const withConfig = (command: Command): Command =>
    command
      .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
      .addHelpText('after', examples)
  withConfig(keys.command('create'))
    .description('Makes a key for a user and prints it, and nothing else, on standard output.')
    .argument('<user>', 'whose key it is')
    .option('--tenant <tenant>', 'the tenant of the user')
    .option('--role <role>', 'a role; may be given several times', several)
    .option('--scope <scope>', 'a scope; may be given several times', several)
    .option('--claim <name=value>', 'a claim, JSON where the value is JSON; several times', claimArgument)
    .option('--expires <duration>', 'after which it is no longer good, such as 90d', durationArgument)
    .option('--prefix <prefix>', 'how the key begins (default: auth.apiKeys.prefix)', prefixArgument)
    .action(create)
  withConfig(keys.command('list'))
    .description('Lists the keys, the oldest first; never a secret.')
    .option('--json', 'one JSON object for each')
    .action(list)
  withConfig(keys.command('rotate'))
    .description('Gives a key a new secret and prints it; those before it are good for the grace.')
    .argument('<id>', 'the id of the key, its middle part')
    .option('--grace <duration>', 'how long older secrets are good (0: not at all)', durationArgument, day)
    .option('--prefix <prefix>', 'how the key begins (default: auth.apiKeys.prefix)', prefixArgument)
    .action(rotate)
  withConfig(keys.command('revoke'))
    .description('Ends a key and closes every connection made with it.')
    .argument('<id>', 'the id of the key, its middle part')
    .option('--old', 'only its older secrets, after a rotation')
    .action(revoke)
}
