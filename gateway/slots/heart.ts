// The node's own heartbeat through Kafka: a canary to its slot every few seconds, and the reaper's round.
import { setTimeout as wait } from 'node:timers/promises'
import type { Publisher } from '../inbound/ports.ts'
import { toControl } from './control-records.ts'
import type { Tenure } from './tenure.ts'

/** Sends a canary every `everyMs` while a slot is held. A canary that Kafka does not take is not sent again: the next is. */
export async function sendCanaries(
  options: { node: string; secret: string; everyMs: number; signal: AbortSignal },
  publisher: Publisher,
  current: () => Tenure | undefined,
): Promise<void> {
  const { node, secret, everyMs, signal } = options
  while (!signal.aborted) {
    const tenure = current()
    if (tenure !== undefined) {
      const canary = { kind: 'canary', node, epoch: tenure.epoch } as const
      publisher.publish(toControl(canary, tenure.topic, secret), () => undefined)
    }
    await wait(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Does `work` every `everyMs`; a round that fails is told and the next one comes. */
export async function everyRound(
  everyMs: number,
  signal: AbortSignal,
  work: () => Promise<unknown>,
  onFailure: (failure: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await wait(everyMs, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await work().catch(onFailure)
  }
}
