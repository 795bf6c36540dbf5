// What happens to one record or a batch of them: handled, tried again, and in the end put with the dead letters; or passed over.
import type { Counters } from './counters.ts'
import { bury } from './dead-letter.ts'
import type { Lane } from './lane.ts'
import { type KitLog, toText } from './log.ts'
import { expiryOf, type Received, toReceived } from './received.ts'
import { type Arrival, originOf, type Publish, toTexts } from './record.ts'
import type { Repeats } from './repeats.ts'
import { isCancel, type Requests } from './requests.ts'
import type { SendTopics } from './send.ts'
import { Unprocessable } from './unprocessable.ts'
import { longestDelayMs, rest } from './within.ts'

/** Resolves when the record is done with. What it throws makes the record come again, after a while. */
export type Handler<R = Received> = (received: R) => unknown

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

export type Context = {
  /** Handles the records of one attempt: one, or a batch. */
  readonly handler: (received: readonly Received[]) => unknown
  readonly options: HandlingOptions
  readonly publish: Publish
  readonly topics: SendTopics
  readonly log: KitLog
  readonly counters: Counters
  readonly requests: Requests
  readonly repeats: Repeats | undefined
  /** Aborts when the backend stops: no further attempts. */
  readonly signal: AbortSignal
}

type Known = { readonly arrival: Arrival; readonly headers: Readonly<Record<string, string>> }

/** Whether nobody waits for it; then it is done with. */
function isPassedOver({ headers }: Known, { requests, options }: Context): boolean {
  if (isCancel(headers)) {
    requests.passed(headers)
    return options.cancels !== true
  }
  return (
    requests.isCancelled(headers) || (expiryOf(headers)?.getTime() ?? Number.POSITIVE_INFINITY) <= Date.now()
  )
}

/**
 * Handles records as one, to their end. Answers false if the backend stopped or the partition was given to another first:
 * they are not done and come again to whoever reads the topic next.
 */
export async function handle(arrivals: readonly Arrival[], lane: Lane, context: Context): Promise<boolean> {
  const all = arrivals.map((arrival) => ({ arrival, headers: toTexts(arrival.message.headers ?? {}) }))
  const { counters, repeats } = context
  const fresh = all.filter((known) => {
    const passed = isPassedOver(known, context)
    if (passed) counters.passed += 1
    return !passed
  })
  if (repeats === undefined) return handleFresh(fresh, lane, context)
  const own: Parameters<Repeats['keep']>[0][] = []
  const replying = new Map<Arrival, (typeof own)[number]>()
  const firsts: Known[] = []
  for (const known of fresh) {
    const found = repeats.begin(known.arrival, known.headers)
    if ('own' in found) {
      own.push(found.own)
      replying.set(known.arrival, found.own)
      firsts.push(known)
    } else if (firsts.some(({ arrival }) => replying.get(arrival) === found.first)) counters.repeats += 1
    else if (await found.first.ended) await answerAgain(known, found.first, context)
    else firsts.push(known)
  }
  const done = await handleFresh(firsts, lane, context, (arrival, reply) => {
    const seen = replying.get(arrival)
    if (seen) repeats.keep(seen, reply)
  })
  for (const seen of own) seen.end(done)
  return done
}

/** A copy under another session gets the replies of the first, which went where nobody waits any more. */
async function answerAgain(
  { headers }: Known,
  first: Parameters<Repeats['keep']>[0],
  { publish, counters, log }: Context,
): Promise<void> {
  counters.repeats += 1
  const { ce_session: session, ce_replyto: topic, ce_request: request } = headers
  if (session === undefined || topic === undefined || request === undefined || session === first.session)
    return
  for (const reply of first.replies) {
    const copied = { ...reply.headers, ce_session: session, ce_replyto: topic, ce_request: request }
    await publish({ ...reply, topic, key: session, headers: copied }).catch((failed: unknown) =>
      log.warn({ topic, failure: toText(failed) }, 'a copy of a request was not answered'),
    )
  }
}

type OnReply = (arrival: Arrival, reply: Parameters<Publish>[0]) => void

async function handleFresh(
  all: readonly Known[],
  lane: Lane,
  context: Context,
  onReply: OnReply = () => undefined,
): Promise<boolean> {
  if (all.length === 0) return true
  const { options, log, signal, counters } = context
  const { retries = 5, retryDelayMs = 100 } = options
  counters.received += all.length
  for (let attempt = 1; ; attempt += 1) {
    if (signal.aborted || lane.left.aborted) return false
    const attempted = await attemptOnce(all, attempt, lane, context, onReply)
    if (attempted.outcome !== 'failed') {
      counters[attempted.outcome] += all.length
      return true
    }
    counters.failures += 1
    const { thrown } = attempted
    const fields = { record: originOf((all[0] as Known).arrival), attempt, failure: toText(thrown) }
    log.warn(
      { ...fields, ...(all.length > 1 ? { records: all.length } : {}) },
      'a record could not be handled',
    )
    if (signal.aborted || lane.left.aborted) return false
    if (attempt > retries || thrown instanceof Unprocessable) {
      const [one] = all
      if (all.length === 1 && one) return bury(one.arrival, context, attempt, thrown)
      // One of them is to blame: alone, the others succeed.
      for (const known of all) if (!(await handleFresh([known], lane, context, onReply))) return false
      return true
    }
    const delay = Math.min(longestDelayMs, retryDelayMs * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2)
    if (!(await rest(delay, AbortSignal.any([signal, lane.left])))) return false
  }
}

type Attempted =
  | { readonly outcome: 'handled' | 'passed' }
  | { readonly outcome: 'failed'; readonly thrown: unknown }

async function attemptOnce(
  all: readonly Known[],
  attempt: number,
  lane: Lane,
  context: Context,
  onReply: OnReply,
): Promise<Attempted> {
  const { handler, publish, topics, requests, counters } = context
  const begun = all.map((known) => {
    const { signal, end } = requests.begin(known.headers, expiryOf(known.headers), lane.left)
    const hand = {
      attempt,
      signal,
      topics,
      publish: (record: Parameters<Publish>[0]) => {
        counters.sent += 1
        return publish(record)
      },
      reply: (record: Parameters<Publish>[0]) => {
        counters.replies += 1
        onReply(known.arrival, record)
        return publish(record)
      },
    }
    return { received: toReceived(known.arrival, hand), signal, end }
  })
  try {
    await handler(begun.map(({ received }) => received))
    return { outcome: 'handled' }
  } catch (thrown) {
    const isOver = begun.every(({ signal }) => signal.aborted) && !lane.left.aborted
    return isOver ? { outcome: 'passed' } : { outcome: 'failed', thrown }
  } finally {
    for (const { end } of begun) end()
  }
}
