// A compacted topic read once from the command line.
import { createBroker } from '../broker/broker.ts'
import { createTable } from '../broker/table.ts'
import type { Config } from '../config/settings.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {} }

/** The newest value of each key. Rejects with a sentence where Kafka does not say all within `timeoutMs`. */
export async function readTable(
  { kafka, tables }: Config,
  topic: string,
  timeoutMs: number,
): Promise<readonly (readonly [key: string, value: Buffer])[]> {
  const broker = createBroker({ ...kafka, clientId: 'openclaw-cli' }, { log: silent })
  const over = new AbortController()
  const table = createTable({
    ranges: broker.ranges,
    topic,
    most: { entries: tables.entries, bytes: tables.size },
    events: { tableRead: () => undefined, tableTrouble: () => undefined },
    signal: over.signal,
  })
  try {
    // A table waits for its topic; whoever is at a terminal does not.
    const [found] = await broker.topics.describe([topic])
    if (found === undefined) throw new Error(`there is no topic ${topic}; ./openclaw topics apply creates it`)
    await table.ready(AbortSignal.timeout(timeoutMs)).catch(() => {
      throw new Error(table.trouble ?? 'it could not be read')
    })
    return [...table.entries()]
  } finally {
    over.abort()
    await broker.close(1_000)
  }
}
