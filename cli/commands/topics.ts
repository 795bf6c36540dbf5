// `openclaw topics plan|apply`: the topics that the configuration needs, told or created; nothing is ever changed or deleted.
import type { Command } from 'commander'
import { type ConfigOption, needConfig } from '../configuration.ts'

const examples = `
Examples:
  ./openclaw topics plan                         what would be created, and what is not as it should be
  ./openclaw topics apply                        create what is missing
  OPENCLAW_DELIVERY_SLOTS=128 ./openclaw topics apply     more slots, for more nodes

A topic that is there is never changed or deleted. The gateway itself needs no right to create topics; whoever runs
this does. Exit code: 1 where a topic is not as it should be.`

const tellDifferences = (differences: readonly string[]): void => {
  for (const sentence of differences) console.error(`not as it should be: ${sentence}`)
  if (differences.length > 0) process.exitCode = 1
}

const plan = async (option: ConfigOption): Promise<void> => {
  const { config } = await needConfig(option, process.env)
  const { planFor, topicLines } = await import('../topics.ts')
  const { missing, differences } = await planFor(config)
  for (const line of topicLines(config, missing)) console.log(`create ${line}`)
  if (missing.length === 0) console.log('no topic is missing')
  tellDifferences(differences)
}

const apply = async (option: ConfigOption): Promise<void> => {
  const { config } = await needConfig(option, process.env)
  const { applyTopics, topicLines } = await import('../topics.ts')
  const { missing, differences } = await applyTopics(config)
  for (const line of topicLines(config, missing)) console.log(`created ${line}`)
  if (missing.length === 0) console.log('no topic was missing')
  tellDifferences(differences)
}

export const addTopics = (program: Command): void => {
  const topics = program
    .command('topics')
    .summary('plan or create the topics')
    .description('Compares the topics of a Kafka with those that the configuration needs.')
    .addHelpText('after', examples)
  topics
    .command('plan')
    .description('Says what apply would create, and which topics are not as they should be.')
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(plan)
  topics
    .command('apply')
    .description('Creates the topics that are missing.')
    .option('-c, --config <file>', 'the configuration (default: openclaw.yaml)')
    .addHelpText('after', examples)
    .action(apply)
}
