// Records sent to a topic at a rate, whatever becomes of those who read them.
import type { TestContext } from 'node:test'
import { onEnd } from './cleanup.ts'
import type { TestKafka } from './kafka.ts'
import { waitFor } from './wait.ts'

type Message = Parameters<TestKafka['send']>[1][number]

export type Paced = {
  /** How many numbers were sent so far. */
  readonly sent: number
  /** Sends no more; resolves when all that was sent is stored. Rejects if anything could not be. */
  stop(): Promise<void>
}

/** Numbers sent in one request at most: whoever is late catches up in pieces. */
const mostAtOnce = 10

/** Sends `messagesOf(0)`, then those of 1 and so on, `perSecond` numbers a second; ends with `t`. */
export function sendPaced(
  t: TestContext,
  kafka: TestKafka,
  topic: string,
  perSecond: number,
  messagesOf: (n: number) => readonly Message[],
): Paced {
  const since = performance.now()
  let [sent, isOver] = [0, false]
  const due = () => Math.floor(((performance.now() - since) / 1_000) * perSecond)
  const work = async () => {
    while (!isOver) {
      const upTo = Math.min(due(), sent + mostAtOnce)
      const numbers = Array.from({ length: upTo - sent }, (_, at) => sent + at)
      if (numbers.length > 0) await kafka.send(topic, numbers.flatMap(messagesOf))
      sent = upTo
      await waitFor(() => isOver || due() > sent)
    }
  }
  const done = work()
  done.catch(() => undefined)
  onEnd(t, async () => {
    isOver = true
    await done.catch(() => undefined)
  })
  return {
    get sent() {
      return sent
    },
    async stop() {
      isOver = true
      await done
    },
  }
}
