// `openclaw dev`: everything on one machine, with one command.
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import type { DevOptions } from '../dev/run.ts'
import { home } from '../project.ts'

const examples = `
Examples:
  npm start                                            the same
  OPENCLAW_LISTEN_PORT=8180 ./openclaw dev             another port for clients
  OPENCLAW_KAFKA_BROKERS=kafka:9092 ./openclaw dev     a Kafka you have already, instead of one of its own

Ports, each with the variable that moves it: gateway 8080 OPENCLAW_LISTEN_PORT, demo pages 8081 OPENCLAW_PAGES_PORT,
admin 9091 OPENCLAW_ADMIN_PORT, Kafka 19092 OPENCLAW_KAFKA_PORT, Redis 16379 OPENCLAW_REDIS_PORT. Kafka and Redis are
downloaded through Maven on the first start. Ctrl-C stops everything in order and keeps the data; a second Ctrl-C stops at once.`

export const addDev = (program: Command): void => {
  program
    .command('dev')
    .summary('run everything on this machine: Kafka, Redis, a gateway, the example consumers')
    .description(
      'Starts a real Kafka, a real Redis, one gateway and the example consumers, and shows what to try first.',
    )
    .option(
      '--data <folder>',
      `where Kafka and Redis keep their data and logs (default: ${relative(process.cwd(), join(home, 'stack'))})`,
    )
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(async ({ data = join(home, 'stack'), ...rest }: Partial<DevOptions>) => {
      const { runDev } = await import('../dev/run.ts')
      await runDev({ data, ...rest })
    })
}
