// Waits until a gateway says that it is ready, and tells what it is still waiting for.
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { CliFailure } from '../failure.ts'

const answerShape = z.object({
  ready: z.boolean(),
  reasons: z.array(z.object({ message: z.string() })).default([]),
})

const everyMs = 100
const tellEveryMs = 5_000

export type ReadyOptions = {
  /** `http://host:port` of the admin listener. */
  readonly admin: string
  /** Milliseconds until it is given up. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Told every few seconds what is still missing. */
  readonly onWaiting: (reasons: string) => void
}

const ask = async (admin: string): Promise<z.output<typeof answerShape>> => {
  try {
    const answer = await fetch(`${admin}/readyz`, { signal: AbortSignal.timeout(2_000) })
    return answerShape.parse(await answer.json())
  } catch {
    return { ready: false, reasons: [{ message: 'it does not answer yet' }] }
  }
}

/** Comes back when /readyz says ready. Throws a CliFailure with the reasons when it does not in time. */
export const untilReady = async ({ admin, timeoutMs, signal, onWaiting }: ReadyOptions): Promise<void> => {
  const since = performance.now()
  let told = since
  for (;;) {
    const { ready, reasons } = await ask(admin)
    if (ready) return
    const now = performance.now()
    const text = reasons.map(({ message }) => message).join('; ')
    if (now - since > timeoutMs) {
      throw new CliFailure(`The gateway is not ready after ${Math.round(timeoutMs / 1000)} s: ${text}.`)
    }
    if (now - told > tellEveryMs) {
      told = now
      onWaiting(text)
    }
    await pause(everyMs, undefined, { signal })
  }
}
