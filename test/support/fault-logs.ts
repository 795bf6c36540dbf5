// Whether everything that was sent to clients is settled: the groups of slots and dispatch have committed all there was.
import kafkajs, { type Admin } from 'kafkajs'
import type { Cluster } from './gateway.ts'
import { waitFor } from './wait.ts'

const { Kafka, logLevel } = kafkajs

/** Waits up to `timeoutMs`; answers what is not settled by then, one line for each partition. */
export async function slotsSettled(
  { stack, topics }: Cluster,
  slots: number,
  timeoutMs: number,
): Promise<readonly string[]> {
  const kafka = new Kafka({ clientId: 'test', brokers: [...stack.brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    const names = [topics.dispatch, ...Array.from({ length: slots }, (_, n) => `${topics.slot}${n}`)]
    const left: Left[] = []
    for (const name of names) left.push(...(await endsOf(admin, name)))
    const isLate = async ({ topic, partition, end }: Left): Promise<string | undefined> => {
      const [group] = await admin.fetchOffsets({ groupId: topic, topics: [topic] })
      const at = Number(group?.partitions.find((each) => each.partition === partition)?.offset ?? -1)
      return at >= end ? undefined : `${topic}/${partition}: committed ${at} of ${end}`
    }
    let late: (string | undefined)[] = []
    await waitFor(
      async () => {
        late = await Promise.all(left.map(isLate))
        return late.every((each) => each === undefined)
      },
      { timeoutMs, everyMs: 250 },
    ).catch(() => undefined)
    return late.filter((each) => each !== undefined)
  } finally {
    await admin.disconnect()
  }
}

type Left = { readonly topic: string; readonly partition: number; readonly end: number }

async function endsOf(admin: Admin, topic: string): Promise<Left[]> {
  const offsets = await admin.fetchTopicOffsets(topic)
  return offsets.flatMap(({ partition, high }) =>
    Number(high) > 0 ? [{ topic, partition, end: Number(high) }] : [],
  )
}
