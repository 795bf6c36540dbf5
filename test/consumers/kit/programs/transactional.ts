// A backend for tests to kill: answers in transactions, slowly, and says what it has answered.
import { createBackend } from '../../../../consumers/kit/backend.ts'

const [brokers = '', topic = '', group = ''] = process.argv.slice(2)
const backend = createBackend({ brokers: [brokers], group })
const source = { topic, transactions: true, batch: 5, sessionTimeoutMs: 6_000 }
await backend.consume(source, async (received) => {
  await new Promise((resolve) => setTimeout(resolve, 4))
  await received.reply(received.value)
  console.log('answered')
})
