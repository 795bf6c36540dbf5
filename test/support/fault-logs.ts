// Whether everything that stands in the slots' logs is settled: their groups have committed up to where the logs ended.
import type { Cluster } from './gateway.ts'
import { waitFor } from './wait.ts'

/** Waits up to `timeoutMs`; answers what is not settled by then, one line for each log. */
export async function slotsSettled(
  { kafka, topics }: Cluster,
  slots: number,
  timeoutMs: number,
): Promise<readonly string[]> {
  const names = Array.from({ length: slots }, (_, n) => `${topics.slot}${n}`)
  const ends = new Map<string, number>()
  for (const name of names) ends.set(name, await kafka.endOffset(name))
  const late = new Map([...ends].filter(([, end]) => end > 0))
  const look = async (): Promise<boolean> => {
    for (const [name, end] of late) {
      const committed = await kafka.committed(name, name)
      if (committed >= end) late.delete(name)
    }
    return late.size === 0
  }
  await waitFor(look, { timeoutMs, everyMs: 250 }).catch(() => undefined)
  return Promise.all(
    [...late].map(async ([name, end]) => `${name}: ${await kafka.committed(name, name)} of ${end}`),
  )
}
