// What a backend says of its own accord, and what it is told of that.
import type { Counters } from './counters.ts'
import type { KitLog } from './log.ts'
import type { Value } from './payload.ts'
import { type Outcome, Receipts, type Wanted } from './receipts.ts'
import type { Place, Publish } from './record.ts'
import { isSession, type SendOptions, type SendTopics, type Targets, toDelivery } from './send.ts'
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
  readonly topics: SendTopics
  readonly counters: Counters
  readonly log: KitLog
  readonly signal: AbortSignal
}

export function createSending({ transport, topics, counters, log, signal }: SendingOptions): Sending {
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
  const send = (targets: Targets, value: Value, options: SendOptions): Promise<Place> => {
    counters.sent += 1
    return publish(toDelivery(targets, value, options, topics))
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
