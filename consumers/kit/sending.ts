// What a backend says of its own accord, and what it is told of that.
import type { Counters } from './counters.ts'
import type { Directory } from './directory.ts'
import type { KitLog } from './log.ts'
import type { Value } from './payload.ts'
import { type Outcome, Receipts, type Wanted } from './receipts.ts'
import type { Place, Publish } from './record.ts'
import {
  isSession,
  type SendOptions,
  type SendTopics,
  type Targets,
  toDelivery,
  userOrSession,
} from './send.ts'
import type { Transport } from './transport.ts'

export type WaitOptions = SendOptions & {
  readonly receipt: Wanted
  /** Milliseconds to wait for the receipt. */
  readonly timeoutMs: number
}

export type Delivered = Place & Outcome

export type Sending = {
  readonly publish: Publish
  readonly topics: SendTopics
  readonly away: boolean
  sendTo(targets: Targets, value: Value, options: WaitOptions): Promise<Delivered>
  sendTo(targets: Targets, value: Value, options?: SendOptions): Promise<Place>
  close(timeoutMs: number): Promise<boolean>
}

export type SendingOptions = {
  readonly transport: Transport
  readonly directory?: Directory | undefined
  readonly topics: SendTopics
  readonly counters: Counters
  readonly log: KitLog
  readonly signal: AbortSignal
}

export function createSending({
  transport,
  directory,
  topics,
  counters,
  log,
  signal,
}: SendingOptions): Sending {
  const sender = transport.sender(log)
  const receipts = new Receipts()
  const over = new AbortController()
  const publish: Publish = (record) => sender.send(record)
  let listening: Promise<void> | undefined
  const listen = (): Promise<void> => {
    listening ??= transport
      .tail(topics.receipts, { log, signal: over.signal, onRecord: (arrival) => receipts.onRecord(arrival) })
      .catch((failed: unknown) => {
        listening = undefined
        throw failed
      })
    return listening
  }
  /** Straight to the slots where the sessions are, one record for each; undefined: by dispatch, which always finds them. */
  const straight = async (targets: Targets, value: Value, options: SendOptions) => {
    const only = directory && userOrSession(targets)
    if (!only) return undefined
    const found =
      only.kind === 'user'
        ? await directory.ofUser(options.tenant ?? '', only.name)
        : await directory.ofSession(only.name)
    if (found === undefined || (options.receipt !== undefined && found.length > 1)) return undefined
    const records = found.map(({ session, slot }) => ({
      ...toDelivery({ session }, value, options, topics),
      topic: `${topics.slot}${slot}`,
      key: session,
    }))
    return Promise.all(records.map(publish)).then(([first]) => first)
  }
  const send = async (targets: Targets, value: Value, options: SendOptions): Promise<Place> => {
    counters.sent += 1
    return (await straight(targets, value, options)) ?? publish(toDelivery(targets, value, options, topics))
  }
  return {
    publish,
    topics,
    get away() {
      return sender.away
    },
    async sendTo(targets: Targets, value: Value, options: Partial<WaitOptions> = {}) {
      const { timeoutMs, receipt, ...rest } = options
      if (timeoutMs === undefined || receipt === undefined)
        return send(targets, value, receipt === undefined ? rest : { ...rest, receipt })
      if (receipts.isFull) throw new Error('too many sends wait for receipts')
      if (signal.aborted) throw new Error('the backend has stopped')
      await listen()
      const place = await send(targets, value, { ...rest, receipt })
      const outcome = await receipts.wait(place, receipt, isSession(targets), timeoutMs)
      return { ...place, ...outcome }
    },
    async close(timeoutMs) {
      const sent = await sender.close(timeoutMs)
      over.abort()
      receipts.close()
      return sent
    },
  } as Sending
}
