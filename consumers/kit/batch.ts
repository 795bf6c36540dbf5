// One batch of a partition: records of a key in turn, of different keys side by side; committed as far as all is done.
import type { EachBatchPayload } from 'kafkajs'
import { isDeparted } from './failure.ts'
import type { Arrival } from './received.ts'

/** Lets so many pieces of work run at a time; the others wait in turn. */
export function createGate(size: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = size
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free -= 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

export type BatchOptions = {
  /** Answers false for a record that is not done with. Must not throw. */
  readonly handle: (arrival: Arrival) => Promise<boolean>
  readonly gate: ReturnType<typeof createGate>
  readonly signal: AbortSignal
  readonly heartbeatMs: number
  readonly commitMs: number
}

/** Handles a batch to its end, or as far as it goes until the backend stops or the group takes the partition. Never throws. */
export async function handleBatch(payload: EachBatchPayload, options: BatchOptions): Promise<void> {
  const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary } = payload
  const { topic, partition, messages } = batch
  const done = new Set<number>()
  let reached = 0
  let committed = 0
  let committing: Promise<void> | undefined
  let departed = false

  const commit = async (): Promise<void> => {
    const upTo = messages[reached - 1]
    if (upTo === undefined || reached === committed) return
    const target = reached
    const offset = target === messages.length ? BigInt(batch.lastOffset()) + 1n : BigInt(upTo.offset) + 1n
    try {
      await commitOffsetsIfNecessary({
        topics: [{ topic, partitions: [{ partition, offset: offset.toString() }] }],
      })
      committed = target
    } catch (thrown) {
      // The next commit covers it; and where there is none, the records come again.
      departed ||= isDeparted(thrown)
    }
  }
  const commitOnce = (): Promise<void> => {
    committing ??= commit().finally(() => {
      committing = undefined
    })
    return committing
  }
  const beat = async (): Promise<void> => {
    await heartbeat().catch((thrown: unknown) => {
      departed ||= isDeparted(thrown)
    })
  }
  const work = async (index: number): Promise<void> => {
    const message = messages[index]
    if (!message || departed || options.signal.aborted) return
    if (!(await options.handle({ topic, partition, message }))) return
    done.add(index)
    while (done.delete(reached)) reached += 1
  }

  const timers = [
    setInterval(() => void beat(), options.heartbeatMs),
    setInterval(() => void commitOnce(), options.commitMs),
  ]
  const chains = new Map<string, Promise<void>>()
  const all = messages.map((message, index) => {
    const key = message.key?.toString('latin1')
    const before = key === undefined ? undefined : chains.get(key)
    const mine = (before ?? Promise.resolve()).then(() => options.gate(() => work(index)))
    if (key !== undefined) chains.set(key, mine)
    return mine
  })
  await Promise.all(all)
  for (const timer of timers) clearInterval(timer)
  await committing
  await commit()
  const last = messages[reached - 1]
  if (last) resolveOffset(last.offset)
}
