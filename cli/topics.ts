// What the topics of a configuration need: planned, told in a few lines, and carried out.
import { makeTopics, topicSteps } from '../gateway/compose/operator.ts'
import { isSlotTopic } from '../gateway/config/route-checks.ts'
import type { Config } from '../gateway/config/settings.ts'
import type { TopicStep, WantedTopic } from '../gateway/config/topics.ts'
import { CliFailure } from './failure.ts'

export type TopicPlan = {
  readonly missing: readonly WantedTopic[]
  /** What is there but not as it should be, one sentence each; never changed by us. */
  readonly differences: readonly string[]
}

const asSentence =
  (config: Config) =>
  (failure: unknown): never => {
    const brokers = config.kafka.brokers.join(',')
    const reason = failure instanceof Error ? failure.message : String(failure)
    throw new CliFailure(`Kafka at ${brokers} (OPENCLAW_KAFKA_BROKERS) did not do it: ${reason}`)
  }

const toPlan = (steps: readonly TopicStep[]): TopicPlan => ({
  missing: steps.flatMap((step) => (step.kind === 'create' ? [step.topic] : [])),
  differences: steps.flatMap((step) => (step.kind === 'differs' ? [step.message] : [])),
})

/** Asks Kafka what is missing. Throws a CliFailure where it does not answer. */
export const planFor = async (config: Config): Promise<TopicPlan> =>
  toPlan(await topicSteps(config).catch(asSentence(config)))

/** Creates what is missing, and answers what was missing and what is not as it should be. */
export const applyTopics = async (config: Config): Promise<TopicPlan> => {
  const plan = await planFor(config)
  if (plan.missing.length > 0) await makeTopics(config, plan.missing).catch(asSentence(config))
  return plan
}

const detailsOf = ({ partitions, replication, configs }: WantedTopic): string =>
  [
    `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`,
    `on ${replication} ${replication === 1 ? 'broker' : 'brokers'}`,
    ...Object.entries(configs).map(([name, value]) => `${name}=${value}`),
  ].join(', ')

/** The topics, one a line, the slots on one line together. */
export const topicLines = (config: Config, topics: readonly WantedTopic[]): readonly string[] => {
  const slots = topics.filter(({ name }) => isSlotTopic(config.topics.slot, name))
  const [first, last] = [slots[0], slots.at(-1)]
  const others = topics.filter((topic) => !slots.includes(topic))
  const lines = others.map((topic) => `${topic.name} (${topic.purpose}): ${detailsOf(topic)}`)
  if (first === undefined || last === undefined) return lines
  const names = first === last ? first.name : `${first.name} … ${last.name}`
  return [
    ...lines,
    `${names} (${slots.length} ${slots.length === 1 ? 'slot' : 'slots'}): ${detailsOf(first)}`,
  ]
}
