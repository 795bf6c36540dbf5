// `openclaw start`: one gateway, from the configuration, until it is told to stop.
import type { Command } from 'commander'
import { type ConfigOption, needConfig } from '../configuration.ts'

const examples = `
Examples:
  ./openclaw start
  ./openclaw start --config /etc/openclaw.yaml
  OPENCLAW_LISTEN_PORT=8081 OPENCLAW_ADMIN_PORT=9092 ./openclaw start     a second one beside the first

It needs a Kafka whose topics are there (./openclaw topics apply) and a Redis; ./openclaw dev starts all of that.
SIGTERM or Ctrl-C drains it: no new connections, clients are told to go elsewhere, everything taken is finished.`

export const addStart = (program: Command): void => {
  program
    .command('start')
    .summary('run one gateway')
    .description('Runs one gateway with the configuration, in the foreground, until SIGTERM or Ctrl-C.')
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(async (option: ConfigOption) => {
      const { config } = await needConfig(option, process.env)
      const { runGateway } = await import('../../gateway/main.ts')
      await runGateway(config)
      // With Kafka away kafkajs goes on trying after everything has been given up, and would keep the process.
      process.exit()
    })
}
