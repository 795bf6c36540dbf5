// A backend for tests to kill: says which record it begins, and finishes only the first.
import { createBackend } from '../../../../consumers/kit/backend.ts'

const [brokers = '', topic = '', group = ''] = process.argv.slice(2)
const backend = createBackend({ brokers: [brokers], group })
await backend.consume({ topic, sessionTimeoutMs: 6_000 }, ({ value, offset }) => {
  console.log(`begins ${value.toString()}`)
  return offset === 0 ? undefined : new Promise(() => {})
})
