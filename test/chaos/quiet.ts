// The end of a run: no new traffic, everybody back, then waiting until nothing moves for longer than any window.
import kafkajs from 'kafkajs'
import { waitFor } from '../support/wait.ts'
import type { ChaosBackend } from './backend.ts'
import type { Fleet } from './fleet.ts'
import { times } from './options.ts'

const { Kafka, logLevel } = kafkajs

export type Moving = {
  readonly fleet: Fleet
  readonly backend: ChaosBackend
  readonly brokers: readonly string[]
  readonly receipts: string
  tell(line: string): void
}

const backMs = 60_000
const drainMs = 120_000
/** Longer than a session is waited for, and than the lease of whoever waits. */
const stillMs = times.resumeWindow + times.leaseTtl + 4_000
const looksMs = 500

/** Resolves when nothing moved for `stillMs`, or it went on for too long: the check then tells what is missing. */
export async function waitForQuiet({ fleet, backend, brokers, receipts, tell }: Moving): Promise<void> {
  const back = () => fleet.clients.every((client) => client.welcomed && client.waiting === 0)
  await waitFor(back, { timeoutMs: backMs, everyMs: 50 }).catch(() => {
    const away = fleet.clients.filter((client) => !client.welcomed).length
    tell(`${away} clients are not back after ${backMs / 1_000} s, others wait for answers`)
  })
  const admin = new Kafka({ clientId: 'chaos', brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    let [last, since] = ['', performance.now()]
    const still = async () => {
      const ends = await admin.fetchTopicOffsets(receipts)
      const now = JSON.stringify([fleet.received, backend.handled, backend.waiting, ends])
      if (now !== last) [last, since] = [now, performance.now()]
      return performance.now() - since > stillMs
    }
    await waitFor(still, { timeoutMs: drainMs, everyMs: looksMs }).catch(() =>
      tell(`something still moves after ${drainMs / 1_000} s`),
    )
  } finally {
    await admin.disconnect()
  }
}
