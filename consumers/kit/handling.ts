// What happens to one record: handled, tried again, and in the end put with the dead letters; or passed over.
import type { IHeaders } from 'kafkajs'
import { type KitLog, toText } from './log.ts'
import { type Arrival, type Publish, type Received, toReceived, Unprocessable } from './received.ts'
import type { Outgoing } from './record.ts'
import { rest } from './within.ts'

/** Resolves when the record is done with. What it throws makes the record come again, after a while. */
export type Handler = (received: Received) => unknown

export type HandlingOptions = {
  /** How often a record is tried again. Default 5. */
  readonly retries?: number
  /** Milliseconds before the first retry; doubles up to 10 s. Default 100. */
  readonly retryDelayMs?: number
  /** Where records go that could not be handled. Default `<topic>.dead`; false: nowhere, they are only logged. */
  readonly deadLetterTopic?: string | false
  /** Hand on notices that nobody waits for a request any more, too. Default false. */
  readonly cancels?: boolean
}

type Context = {
  readonly handler: Handler
  readonly options: HandlingOptions
  readonly publish: Publish
  readonly log: KitLog
  /** Aborts when the backend stops: no further attempts. */
  readonly signal: AbortSignal
}

const longestDelayMs = 10_000

const originOf = ({ topic, partition, message }: Arrival): string => `${topic}/${partition}/${message.offset}`

const isPassedOver = ({ expiry, cancel }: Received, { cancels = false }: HandlingOptions): boolean =>
  (expiry !== undefined && expiry.getTime() <= Date.now()) || (cancel && !cancels)

/**
 * Handles one record to its end. Answers false if the backend stopped first: the record is not done and comes again to
 * whoever reads the topic next.
 */
export async function handle(arrival: Arrival, context: Context): Promise<boolean> {
  const { handler, options, log, signal } = context
  const { retries = 5, retryDelayMs = 100 } = options
  for (let attempt = 1; ; attempt += 1) {
    if (signal.aborted) return false
    const received = toReceived(arrival, attempt, context.publish)
    if (isPassedOver(received, options)) return true
    try {
      await handler(received)
      return true
    } catch (thrown) {
      const fields = { record: originOf(arrival), attempt, failure: toText(thrown) }
      log.warn(fields, 'a record could not be handled')
      if (signal.aborted) return false
      if (attempt > retries || thrown instanceof Unprocessable) return bury(arrival, context, attempt, thrown)
    }
    const delay = Math.min(longestDelayMs, retryDelayMs * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2)
    if (!(await rest(delay, signal))) return false
  }
}

/** A dead letter is the record as it was, and why it is one. */
export function toDeadLetter(arrival: Arrival, topic: string, attempts: number, thrown: unknown): Outgoing {
  const reason: IHeaders = {
    dead_reason: toText(thrown),
    dead_origin: originOf(arrival),
    dead_attempts: String(attempts),
    dead_time: new Date().toISOString(),
  }
  const { key, value, headers } = arrival.message
  return { topic, key, value, headers: { ...headers, ...reason } }
}

/** Nothing is passed that is not put aside: as long as the dead letters cannot be written, this goes on trying. */
async function bury(arrival: Arrival, context: Context, attempts: number, thrown: unknown): Promise<boolean> {
  const { options, publish, log, signal } = context
  const { deadLetterTopic: topic = `${arrival.topic}.dead`, retryDelayMs = 100 } = options
  const record = originOf(arrival)
  if (topic === false) return true
  for (let delay = retryDelayMs; ; delay = Math.min(longestDelayMs, delay * 2)) {
    try {
      await publish(toDeadLetter(arrival, topic, attempts, thrown))
      log.warn({ record, topic }, 'a record was put with the dead letters')
      return true
    } catch (failed) {
      log.warn({ record, topic, failure: toText(failed) }, 'a dead letter could not be written; trying on')
    }
    if (!(await rest(delay, signal))) return false
  }
}
