// The reader of dispatch, or of a feed, joined in the background and for as long as it takes.
import { setTimeout as wait } from 'node:timers/promises'
import type { Logs, SharedReader, SharedReaderOptions } from '../delivery/ports.ts'
import type { Events } from '../events.ts'

export type DispatchReader = {
  start(): void
  stop(timeoutMs: number): Promise<void>
  /** Records not yet read by this node; undefined while unknown. */
  readonly lag: number | undefined
}

const retryMs = 500

/** A node that died keeps its place in the group for some seconds, and what this node's own slot brings need not wait for that. */
export function createDispatchReader(
  {
    topic,
    group = topic,
    maxAge,
    logs,
    events,
  }: {
    readonly topic: string
    readonly group?: string
    /** Records that were older, in milliseconds, when they were to be read may be passed over. */
    readonly maxAge?: number
    readonly logs: Logs
    readonly events: Events
  },
  onBatch: SharedReaderOptions['onBatch'],
): DispatchReader {
  const stopping = new AbortController()
  const { signal } = stopping
  let reader: SharedReader | undefined
  const join = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        reader = await logs.readShared({
          topics: [topic],
          group,
          ...(maxAge === undefined ? {} : { maxAge }),
          onBatch,
        })
        if (signal.aborted) await reader.stop(retryMs)
        return
      } catch (failure) {
        events.dispatchNotJoined(topic, failure)
        await wait(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }
  return {
    start() {
      void join()
    },
    async stop(timeoutMs: number) {
      stopping.abort()
      await reader?.stop(timeoutMs)
    },
    get lag() {
      return reader?.lag
    },
  }
}
