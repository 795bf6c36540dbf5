// `openclaw send`: what a backend does, from the command line: a record to a user, a session, everyone, or any topic.
import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { Config } from '../../gateway/config/settings.ts'
import type { OutgoingRecord } from '../../gateway/inbound/ports.ts'
import { headerArgument } from '../arguments.ts'
import { type ConfigOption, needConfig } from '../configuration.ts'
import { CliFailure } from '../failure.ts'

const examples = `
Examples:
  ./openclaw send user:alice '{"text":"hello"}'
  ./openclaw send user:alice,user:bob 'lunch?' --type notice
  ./openclaw send everyone - < notice.json
  ./openclaw send session:Zk3…  '{"done":true}' --header x-step=2 --header ce_receipt=written
  ./openclaw send --topic echo.in --key alice '{"n":1}'      a record of your own on any topic

Targets are user:<id>, session:<id>, everyone, or several with commas between them. Prints where the record is, once
Kafka has acked it. Any Kafka client can do the same: kcat -P -b <broker> -t openclaw.dispatch -H ce_to=user:alice`

type Options = ConfigOption & {
  readonly topic?: string
  readonly key?: string
  readonly type: string
  readonly tenant?: string
  readonly header?: Readonly<Record<string, string>>
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const contentTypeOf = (value: Buffer): string => {
  const text = value.toString('utf8')
  if (isJson(text)) return 'application/json'
  return Buffer.from(text, 'utf8').equals(value) ? 'text/plain' : 'application/octet-stream'
}

/** The two ways to call it: a target and a payload, or a topic and a payload. */
const split = (words: readonly string[], topic: string | undefined): { target?: string; payload: string } => {
  const [first, second] = words
  if (first !== undefined && second === undefined && topic !== undefined) return { payload: first }
  if (first === undefined || second === undefined || words.length > 2) {
    throw new CliFailure('give a target and a payload, or --topic and a payload; see openclaw send --help', 2)
  }
  return { target: first, payload: second }
}

/** The record that `send` publishes. */
export const toRecord = (
  config: Config,
  { target, value }: { target: string | undefined; value: Buffer },
  { topic, key, type, tenant, header }: Omit<Options, 'config'>,
): OutgoingRecord => ({
  topic: topic ?? config.topics.dispatch,
  key: key ?? target ?? randomUUID(),
  value,
  headers: {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_source: `/openclaw/${config.cluster}/cli`,
    ce_type: type,
    ce_time: new Date().toISOString(),
    'content-type': contentTypeOf(value),
    ...(target === undefined ? {} : { ce_to: target }),
    ...(tenant === undefined ? {} : { ce_tenant: tenant }),
    ...header,
  },
})

export const addSend = (program: Command): void => {
  program
    .command('send')
    .summary('send a record to a user, a session, everyone or a topic')
    .description(
      'Publishes one record to openclaw.dispatch, which takes it to its target, or to any topic with --topic.',
    )
    .argument(
      '<target|payload...>',
      'a target and a payload (- reads it from standard input); with --topic a payload suffices',
    )
    .option('--topic <topic>', 'this topic instead of the dispatch topic')
    .option('--key <key>', 'the Kafka key (default: the target)')
    .option('--type <type>', 'the type that clients see (ce_type)', 'openclaw.cli.send')
    .option('--tenant <tenant>', 'the tenant of the target')
    .option('--header <name=value>', 'a header; may be given several times', headerArgument)
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(async (words: readonly string[], { config: file, ...options }: Options) => {
      const { target, payload } = split(words, options.topic)
      const { config } = await needConfig(file === undefined ? {} : { config: file }, process.env)
      const { areTargets } = await import('../../gateway/compose/operator.ts')
      if (target !== undefined && !areTargets(target, config.delivery.maxTargets)) {
        throw new CliFailure(`"${target}" is no target; write user:<id>, session:<id> or everyone`, 2)
      }
      const value = payload === '-' ? await buffer(process.stdin) : Buffer.from(payload)
      const { publishOne } = await import('../publish.ts')
      const record = toRecord(config, { target, value }, options)
      console.log(JSON.stringify(await publishOne(config.kafka, record)))
    })
}
