// Random names, so that tests that share a Kafka and a Redis never meet.
import { randomBytes } from 'node:crypto'

/** `prefix` and ten random characters; good as a topic, a group, a user, a session or a key. */
export function randomName(prefix = 'test'): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`
}
