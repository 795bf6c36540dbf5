// Looks at topics and creates them, for the command line tool and for the check at start. Needs rights the gateway does not.
import type { Admin } from 'kafkajs'
import type { KafkaConfig } from '../config/settings.ts'
import type { ExistingTopic, WantedTopic } from '../config/topics.ts'
import { type BrokerLog, createKafka, shortRetry } from './client.ts'
import { toFailure } from './failure.ts'
import { kafkajs } from './internals.ts'

export type Topics = {
  /** Those of `names` that exist, with the settings that matter. Rejects with `BrokerFailure`. */
  describe(names: readonly string[]): Promise<readonly ExistingTopic[]>
  /** Creates topics and waits for their leaders; one that exists already is left alone. */
  create(topics: readonly WantedTopic[]): Promise<void>
}

const topicResource = kafkajs.ConfigResourceTypes.TOPIC
const settings = [
  'message.timestamp.type',
  'retention.ms',
  'segment.ms',
  'cleanup.policy',
  'min.insync.replicas',
  'unclean.leader.election.enable',
]

export function createTopics(config: KafkaConfig, log: BrokerLog): Topics {
  const withAdmin = async <T>(work: (admin: Admin) => Promise<T>): Promise<T> => {
    const admin = createKafka(config, { log, retry: shortRetry }).admin()
    try {
      await admin.connect()
      return await work(admin)
    } catch (failed) {
      throw toFailure(failed)
    } finally {
      await admin.disconnect().catch(() => undefined)
    }
  }
  return {
    describe: (names) =>
      withAdmin(async (admin) => {
        const all = new Set(await admin.listTopics())
        const there = names.filter((name) => all.has(name))
        if (there.length === 0) return []
        const { topics } = await admin.fetchTopicMetadata({ topics: there })
        const resources = there.map((name) => ({ type: topicResource, name, configNames: settings }))
        const described = await admin.describeConfigs({ resources, includeSynonyms: false })
        const configs = new Map(
          described.resources.map(({ resourceName, configEntries }) => [
            resourceName,
            Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
          ]),
        )
        return topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.length,
          replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
          configs: configs.get(name) ?? {},
        }))
      }),
    create: (topics) =>
      withAdmin(async (admin) => {
        await admin.createTopics({
          waitForLeaders: true,
          topics: topics.map(({ name, partitions, replication, configs }) => ({
            topic: name,
            numPartitions: partitions,
            replicationFactor: replication,
            configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
          })),
        })
      }),
  }
}
