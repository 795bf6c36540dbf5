// The watchdog at work: looks at the node once a second, and does what the rules in watchdog.ts decide.
import { setTimeout as wait } from 'node:timers/promises'
import type { Events } from '../events.ts'
import { look, needsProbe, unwatched, type WatchFacts } from './watchdog.ts'

/** Says whether Kafka could do what we want of it, without anything that we use for it. */
export type KafkaProbe = {
  /**
   * Asks over a fresh connection. True when the leader of the slot's partition answered within `timeoutMs` and has as many
   * replicas in sync as acks=all needs: else a slow acknowledgement is Kafka's trouble, not ours. Never rejects.
   */
  answers(timeoutMs: number): Promise<boolean>
}

export type WatchPorts = {
  /** Must not throw. */
  facts(): Omit<WatchFacts, 'kafkaAnswers'>
  readonly probe: KafkaProbe
  /** Not waited for: a restart that hangs is one that does not help. */
  restartReader(): Promise<unknown>
  restartProducer(): Promise<unknown>
  /** Ends the process with a code that is not zero, so that its supervisor starts another. Called once. */
  exit(): void
}

export type WatchOptions = {
  /** `health.grace`, in ms. */
  readonly graceMs: number
  readonly everyMs?: number
  readonly probeMs?: number
  readonly signal: AbortSignal
}

const defaultEveryMs = 1_000
const defaultProbeMs = 2_000

/** Watches until `signal` aborts. `unready` is true from when restarts have not helped until something works again. */
export function keepWatch(
  ports: WatchPorts,
  { graceMs, everyMs = defaultEveryMs, probeMs = defaultProbeMs, signal }: WatchOptions,
  events: Pick<Events, 'watchdog' | 'watchdogFailed'>,
): { readonly unready: boolean } {
  const state = { unready: false }
  const restart = (work: () => Promise<unknown>): void => void work().catch(events.watchdogFailed)

  const answers = (): Promise<boolean> =>
    Promise.race([ports.probe.answers(probeMs), wait(probeMs, false, { signal })]).catch(() => false)

  const run = async (): Promise<void> => {
    let watch = unwatched
    for (;;) {
      await wait(everyMs, undefined, { signal })
      const kafkaAnswers = !needsProbe(watch) || (await answers())
      signal.throwIfAborted()
      const seen = look(watch, { ...ports.facts(), kafkaAnswers }, graceMs)
      watch = seen.watch
      const { decision } = seen
      const isUnready = decision === 'unready' || decision === 'exit'
      if (decision !== 'fine' && !(decision === 'unready' && state.unready)) events.watchdog(decision)
      state.unready = isUnready
      if (decision === 'restart-reader') restart(ports.restartReader)
      if (decision === 'restart-producer') restart(ports.restartProducer)
      if (decision === 'exit') return ports.exit()
    }
  }

  run().catch((failure: unknown) => {
    if (!signal.aborted) events.watchdogFailed(failure)
  })
  return state
}
