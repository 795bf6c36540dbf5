// What the backends of the demos have in common: Kafka and topics as the environment names them, and an end at Ctrl-C.
import { kafkaFromEnvironment } from './kit/access.ts'
import { type Backend, createBackend } from './kit/backend.ts'

export type Demo = {
  readonly backend: Backend
  readonly group: string
  /** A topic of openclaw.yaml; DEMO_PREFIX stands before each where several stacks share a Kafka. */
  topicOf(name: string): string
}

/** `channels`: the topic of the demo's channels, where they have one of their own. */
export function openDemo(name: string, channels?: string): Demo {
  const { env } = process
  const topicOf = (topic: string) => `${env['DEMO_PREFIX'] ?? ''}${topic}`
  const own = {
    dispatch: env['OPENCLAW_TOPICS_DISPATCH'],
    receipts: env['OPENCLAW_TOPICS_RECEIPTS'],
    channels: channels === undefined ? env['OPENCLAW_TOPICS_CHANNELS'] : topicOf(channels),
  }
  const topics = Object.fromEntries(Object.entries(own).filter(([, topic]) => topic))
  const group = topicOf(name)
  const backend = createBackend({ ...kafkaFromEnvironment(env), group, topics })
  // Without Kafka its client would go on asking for it.
  const stop = async () => process.exit((await backend.stop()) ? 0 : 1)
  process.once('SIGTERM', () => void stop())
  process.once('SIGINT', () => void stop())
  return { backend, group, topicOf }
}
