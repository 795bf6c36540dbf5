// What a run runs on: a Kafka and a Redis of its own, topics, and the settings that make minutes show much.
import kafkajs from 'kafkajs'
import { type Cluster, testCluster } from '../support/gateway.ts'
import { type OwnStack, ownStack } from '../support/stack.ts'
import { times } from './options.ts'
import type { Scope } from './scope.ts'

const { ConfigResourceTypes, Kafka, logLevel } = kafkajs

export type Ground = { readonly stack: OwnStack; readonly cluster: Cluster; readonly slots: number }

export async function createGround(scope: Scope, nodes: number): Promise<Ground> {
  const stack = await ownStack(scope.t)
  // A rolling restart has one node more, and a node that was killed keeps its slot for a while.
  const slots = nodes * 2 + 2
  const { leaseTtl, resumeWindow, heartbeat, confirmTimeout } = times
  const cluster = await testCluster(scope.t, {
    stack,
    slots,
    overrides: {
      heartbeat,
      delivery: { leaseTtl, resumeWindow, confirmTimeout, maxDeliverySize: 64 * 1024 },
      limits: { outbox: 128 * 1024 },
      drain: { spread: 500, timeout: 8_000 },
    },
  })
  await stampOnAppend(cluster, slots)
  return { stack, cluster, slots }
}

/** Topics as `topics apply` makes them: the broker's clock stamps the records. */
async function stampOnAppend({ topics, stack }: Cluster, slots: number): Promise<void> {
  const kafka = new Kafka({ clientId: 'chaos', brokers: [...stack.brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const names = [
    topics.dispatch,
    topics.receipts,
    ...Array.from({ length: slots }, (_, n) => `${topics.slot}${n}`),
  ]
  await admin.alterConfigs({
    validateOnly: false,
    resources: names.map((name) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
    })),
  })
  await admin.disconnect()
}
