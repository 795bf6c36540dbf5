// `openclaw acl`: the rights at Kafka and at Redis that the configuration needs, exactly.
import type { Command } from 'commander'
import { type ConfigOption, needConfig } from '../configuration.ts'

const examples = `
Examples:
  ./openclaw acl                     both, as tables
  ./openclaw acl --commands          calls of kafka-acls.sh and of redis-cli that give them
  ./openclaw acl --json | jq .       the same for programs

The names in the first column are roles; put your own principals for them, as in
  ./openclaw acl --commands | sed 's/User:gateway/User:CN=gateway,O=acme/'`

type Options = ConfigOption & { readonly json?: true; readonly commands?: true }

export const addAcl = (program: Command): void => {
  program
    .command('acl')
    .summary('print the rights at Kafka and Redis that are needed')
    .description(
      'Prints the rights that the gateway, the backends of its routes, its feeds and its operators need at Kafka, and its user at Redis.',
    )
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .option('--commands', 'print the commands that give them')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (option: Options) => {
      const { config } = await needConfig(option, process.env)
      const { kafkaCommands, kafkaRights } = await import('../../gateway/compose/kafka-acl.ts')
      const { redisRights } = await import('../../gateway/compose/redis-acl.ts')
      const [kafka, redis] = [kafkaRights(config), redisRights(config)]
      if (option.json) return console.log(JSON.stringify({ kafka, redis }, null, 2))
      const user = `ACL SETUSER openclaw on '>…' ${redis.map((word) => (word.startsWith('~') ? `'${word}'` : word)).join(' ')}`
      if (option.commands) return console.log([...kafkaCommands(kafka), `redis-cli ${user}`].join('\n'))
      const { kafkaTable } = await import('../acl-table.ts')
      console.log([kafkaTable(kafka), '', user].join('\n'))
    })
}
