// An example backend: answers every frame of its topic with the same payload; four types of frame show what else there is.
import { kafkaFromEnvironment } from '../kit/access.ts'
import { createBackend } from '../kit/backend.ts'
import type { Received } from '../kit/received.ts'

const { env } = process
const topic = env['OPENCLAW_ECHO_TOPIC'] ?? 'echo.in'
const backend = createBackend({
  ...kafkaFromEnvironment(env),
  group: env['OPENCLAW_ECHO_GROUP'] ?? 'echo',
})

const echo = async (received: Received) => {
  const { value, user, type = '' } = received

  // Several replies to one request: all but the last say that more follow.
  if (type.endsWith('.letters')) return received.replyEach(value.toString(), { last: value })

  // A request that fails, with a code of our own.
  if (type.endsWith('.fail'))
    return received.reply({ sorry: 'this one always fails' }, { error: 'always-fails' })

  // To every session of the user, not only to the one that asked.
  if (type.endsWith('.shout') && user !== undefined)
    await received.sendTo({ user }, value.toString().toUpperCase(), { type: 'echo.shout' })

  // What is thrown makes the record come again; after so many retries it is put with the dead letters.
  if (type.endsWith('.crash')) throw new Error(`asked to, attempt ${received.attempt}`)

  return received.reply(value)
}

const stop = async () => {
  const done = await backend.stop()
  process.exit(done ? 0 : 1) // without Kafka its client would go on asking for it
}
process.once('SIGTERM', () => void stop())
process.once('SIGINT', () => void stop())

const deadLetterTopic = env['OPENCLAW_ECHO_DEAD_LETTERS'] ?? false
await backend.consume({ topic, retries: 2, deadLetterTopic }, echo)
console.log(`echo answers what comes on ${topic}`)
